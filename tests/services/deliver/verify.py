#!/usr/bin/env python3
"""Verifies one webhook as Standard Webhooks 1.0 says, written from its text: an implementation of its own.

    verify.py SECRET ID TIMESTAMP SIGNATURES < BODY      exit 0: a v1 signature fits; 1: none does
"""
import base64
import hashlib
import hmac
import sys

secret, identity, timestamp, signatures = sys.argv[1:]
if not secret.startswith("whsec_") or "." in identity or not timestamp.isdigit():
    sys.exit(1)
content = f"{identity}.{timestamp}.".encode() + sys.stdin.buffer.read()
wanted = base64.b64encode(hmac.new(base64.b64decode(secret[6:]), content, hashlib.sha256).digest()).decode()
sys.exit(0 if any(hmac.compare_digest(f"v1,{wanted}", one) for one in signatures.split(" ")) else 1)
