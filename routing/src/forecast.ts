/** `npm run forecast`: its place is laid; the forecast is not part of this version, and says so. */
process.stderr.write("forecast: this version has no forecast yet; no file was read\n");
process.exit(69);
