// tls_receiver.mjs CERTIFICATE.pem AUTHORITY.pem h2|http1 clients|anybody
// A receiver over TLS for tests of the client: HTTP/2 where asked for, client certificates where asked
// for. Says on stdout first its port, then a line for each request before it answers, and a line for each
// connection that has ended. The path says how it answers.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createSecureServer } from "node:http2";

const [, , certificate, authority, protocol, clients] = process.argv;
const pem = readFileSync(certificate);
const options = {
    cert: pem,
    key: pem,
    ca: readFileSync(authority),
    requestCert: clients === "clients",
    rejectUnauthorized: clients === "clients",
    allowHTTP1: true,
};

const manners = {
    "/ok": (response) => response.end("tak"),
    "/silent": () => {},
    "/stalls": (response) => response.writeHead(200) && response.write("x"),
    "/large": (response) => response.end("x".repeat(200000)),
};

let connections = 0;
const numbers = new WeakMap(); // of a socket, or of the session of HTTP/2 that runs on it

function answer(request, response) {
    const session = request.stream?.session;
    const peer = (session?.socket ?? request.socket).getPeerCertificate().subject?.CN ?? "-";
    let length = 0;
    request.on("data", (bytes) => (length += bytes.length));
    request.on("end", () => {
        console.log("request", request.httpVersion, numbers.get(session ?? request.socket), peer, request.url, length);
        manners[request.url](response);
    });
}

const server = protocol === "h2" ? createSecureServer(options, answer) : createServer(options, answer);
// Before Node's own listener, which makes the session.
server.prependListener("secureConnection", (socket) => {
    const number = ++connections;
    numbers.set(socket, number);
    socket.on("close", () => console.log("closed", number));
    socket.on("error", () => {});
});
server.on("session", (session) => numbers.set(session, connections));
server.on("tlsClientError", () => {});
server.on("sessionError", () => {});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
process.stdin.on("end", () => process.exit(0)).resume(); // whoever started it has gone
