import EtcdAPI
import EtcdShell

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

let arguments = (0..<Int(CommandLine.argc)).map { index in
  Array(UnsafeBufferPointer(start: CommandLine.unsafeArgv[index]!, count: strlen(CommandLine.unsafeArgv[index]!)))
    .map { UInt8(bitPattern: $0) }
}

var environment: [String: String] = [:]
var entry = environ
while let text = entry.pointee {
  let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
  entry += 1
}

let shell = Shell { folder in
  throw EtcdError(.unimplemented, "no embedded node yet")
}
exit(await shell.run(arguments: arguments, environment: environment))
