// Bundled in place of node:process: importing that makes Node work out all that it holds, from stdin to the list of its own flags.
module.exports = process
