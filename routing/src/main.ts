/** `npm run route`: its place is laid; the solver is not part of this version, and says so instead of answering badly. */
process.stderr.write("route: this version has no solver yet; no problem was read and no route was made\n");
process.exit(69);
