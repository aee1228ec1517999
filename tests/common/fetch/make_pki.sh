#!/bin/sh
# make_pki.sh FOLDER: an authority, a receiver, two clients, and what is wrong with certificates. All for
# tests; the keys are thrown away with the folder.
set -eu
cd "$1"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# authority NAME
authority() {
    key "$1"
    openssl req -x509 -new -key "$1.key" -days 2 -subj "/CN=$1 (fiktiv)" -out "$1.pem" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}

# issue NAME AUTHORITY EXTENSION [more of openssl x509]
issue() {
    name=$1 authority=$2 extension=$3
    shift 3
    key "$name"
    printf '%s\n' "$extension" >"$name.ext"
    openssl req -new -key "$name.key" -subj "/CN=$name" |
        openssl x509 -req -CA "$authority.pem" -CAkey "$authority.key" -set_serial "0x$(openssl rand -hex 8)" \
            -extfile "$name.ext" -out "$name.crt" "$@"
    cat "$name.crt" "$name.key" >"$name.pem"
}

{
    authority authority
    authority stranger
    mkdir authorities
    cp authority.pem authorities/
    openssl rehash authorities
    issue receiver authority "subjectAltName=DNS:modtager.firma.dk,DNS:localhost,IP:127.0.0.1" -days 2
    issue impostor stranger "subjectAltName=DNS:modtager.firma.dk,DNS:localhost,IP:127.0.0.1" -days 2
    issue elsewhere authority "subjectAltName=DNS:anden.firma.dk" -days 2
    issue anna authority "extendedKeyUsage=clientAuth" -days 2
    issue bent authority "extendedKeyUsage=clientAuth" -days 2
    issue foreign stranger "extendedKeyUsage=clientAuth" -days 2
    cat anna.crt bent.key >mismatched.pem
    { cat anna.crt; openssl pkcs8 -topk8 -in anna.key -passout pass:kode; } >locked.pem
    { cat anna.crt; openssl ec -in anna.key -aes128 -passout pass:kode; } >locked_old.pem
    openssl x509 -in receiver.crt -noout -pubkey >receiver.pub
    openssl pkey -pubin -in receiver.pub -outform der |
        openssl dgst -sha256 -binary | openssl base64 | tr -d '\n' >receiver.pin
} >make_pki.log 2>&1 || { cat make_pki.log >&2; exit 1; }
