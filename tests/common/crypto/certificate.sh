#!/bin/sh
# Makes the certificates of certificate.c in the folder $1: a root, an issuer, and what they sign. The dates of
# `openssl x509 -days` run from now; one that has expired is made with a negative number of days.
set -eu
cd "$1"
exec 2>openssl.log

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
# name subject key issuer days extensions
issue() {
    openssl req -new -utf8 -subj "$2" -key "$3" -out request.pem
    printf '%s\n' "$6" >extensions
    openssl x509 -req -in request.pem -CA "$4.pem" -CAkey "$4.key" -set_serial "0x$(openssl rand -hex 8)" -days "$5" \
        -extfile extensions -out "$1"
}
ca="basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign"
client="keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth"

for name in root stranger issuer leaf other; do key $name.key; done
for name in root stranger; do
    openssl req -x509 -utf8 -subj "/C=DK/O=Prøve-CA/CN=$name (fiktiv)" -key $name.key -days 60 -out $name.pem
done
issue issuer.pem "/C=DK/O=Prøve-CA/CN=Udsteder (fiktiv)" issuer.key root 60 "$ca"
issue leaf.pem "/C=DK/O=Prøvebyg/CN=Løn & Værktøj (fiktiv)" leaf.key issuer 30 "$client"
issue expired.pem "/C=DK/CN=udløbet (fiktiv)" leaf.key issuer -1 "$client"
issue server.pem "/C=DK/CN=server (fiktiv)" leaf.key issuer 30 "extendedKeyUsage=serverAuth"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key
issue weak.pem "/C=DK/CN=svag (fiktiv)" weak.key issuer 30 "$client"

cat leaf.pem issuer.pem >chain.pem
{ cat leaf.pem; echo "Bag Attributes"; cat root.pem issuer.pem; } >jumbled.pem
sed 's/$/\r/' chain.pem >windows.pem
cat leaf.pem stranger.pem >strangers.pem
for _ in 1 2 3 4 5 6 7 8 9; do cat leaf.pem; done >many.pem
sed '3s/^...../!!!!!/' leaf.pem >broken.pem
: >empty
openssl pkcs8 -topk8 -in leaf.key -passout pass:hemmelig -out locked.key
openssl pkcs12 -export -in chain.pem -inkey leaf.key -certfile root.pem -passout pass:hemmelig -out good.p12
openssl pkcs12 -export -in chain.pem -inkey leaf.key -passout pass: -out bare.p12
openssl pkcs12 -export -nokeys -in chain.pem -passout pass:hemmelig -out keyless.p12
