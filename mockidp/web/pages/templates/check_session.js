// OpenID Connect Session Management 1.0, 3.3: a client posts "<client_id> <session_state>" and is
// told whether that is still so: "unchanged", "changed", or "error" for what is neither.
"use strict";

// FIPS 180-4, 6.2. SubtleCrypto is not there on plain http, unless at a loopback address.
function sha256(text) {
  const bytes = Array.from(new TextEncoder().encode(text));
  const length = bytes.length * 8;
  const roots = [], cubes = [];
  for (let number = 2; cubes.length < 64; number += 1) {
    let isPrime = true;
    for (let factor = 2; factor * factor <= number; factor += 1) {
      if (number % factor === 0) isPrime = false;
    }
    if (!isPrime) continue;
    // The first 32 bits of the fraction.
    if (roots.length < 8) roots.push((Math.sqrt(number) % 1) * 0x100000000 | 0);
    cubes.push((Math.cbrt(number) % 1) * 0x100000000 | 0);
  }
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let shift = 56; shift >= 0; shift -= 8) {
    bytes.push(shift >= 32 ? 0 : (length >>> shift) & 0xff);
  }
  const turned = (word, count) => (word >>> count) | (word << (32 - count));
  const state = roots.slice();
  for (let start = 0; start < bytes.length; start += 64) {
    const words = [];
    for (let n = 0; n < 64; n += 1) {
      if (n < 16) {
        const at = start + 4 * n;
        words.push((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
      } else {
        const a = words[n - 15], b = words[n - 2];
        const first = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
        const second = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
        words.push((words[n - 16] + first + words[n - 7] + second) | 0);
      }
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let n = 0; n < 64; n += 1) {
      const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + high + ((e & f) ^ (~e & g)) + cubes[n] + words[n]) | 0;
      const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, n) => { state[n] = (state[n] + word) | 0; });
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function browserState() {
  const name = `${document.documentElement.dataset.cookie}=`;
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(name));
  return found ? found.slice(name.length) : "";
}

function answer(message, origin) {
  const parts = typeof message === "string" && /^(.+) ([^ .]+)\.([^ .]+)$/s.exec(message);
  if (!parts) return "error";
  const [, client, hash, salt] = parts;
  return sha256(`${client} ${origin} ${browserState()} ${salt}`) === hash ? "unchanged" : "changed";
}

addEventListener("message", (event) => {
  // An origin that has no name cannot be answered.
  if (event.source && event.origin !== "null") {
    event.source.postMessage(answer(event.data, event.origin), event.origin);
  }
});
