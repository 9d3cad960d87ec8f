// Bundled in place of the package "debug", which oclif writes its log with: Node has the same, NODE_DEBUG=oclif* instead of DEBUG=oclif*.
module.exports = require('node:util').debuglog
