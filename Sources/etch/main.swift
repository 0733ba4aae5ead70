import EtcdServer
import EtcdShell

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Bytes, not strings: a key or value on the command line need not be text.
let arguments = (0..<Int(CommandLine.argc)).map { index in
  let argument = CommandLine.unsafeArgv[index]!
  return Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
}

var environment: [String: String] = [:]
var entry = environ
while let text = entry.pointee {
  let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
  entry += 1
}

let shell = Shell { folder in
  try EtcdNode.boot(NodeConfiguration(folder.map { .folder($0) } ?? .inMemory))
}
exit(await shell.run(arguments: arguments, environment: environment))
