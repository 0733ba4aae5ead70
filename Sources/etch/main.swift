import EtcdServer
import EtcdShell
import ServerProcess

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

// As its own process, or in the place of etcd: nothing of the shell is made.
let words = arguments.map { String(decoding: $0, as: UTF8.self) }
let isEtcd = words.first?.split(separator: "/").last == "etcd"
if isEtcd || words.dropFirst().first == "serve" {
  let command = ServeCommand(
    isEtcd ? .etcd : .etch, version: EtchVersion.text, commandLine: words,
    arguments: Array(words.dropFirst(isEtcd ? 1 : 2)), environment: environment)
  exit(await command.run())
}

let nodes = LocalNodes { start, urls in
  var configuration = NodeConfiguration.inMemory
  if case .folder(let folder) = start { configuration.durability = .folder(folder) }
  if !urls.isEmpty {
    configuration.clientURLs = try ClientPorts.check(urls)
    configuration.publishesAttributes = true
  }
  let node: EtcdNode
  if case .copy(let snapshot) = start {
    node = try EtcdNode.boot(copying: snapshot)
  } else {
    node = try EtcdNode.boot(configuration)
  }
  if urls.isEmpty { return LocalNodes.Node(node) }
  do {
    let ports = try await ClientPorts.open(at: urls, for: node)
    return LocalNodes.Node(node, urls: ports.urls) { await ports.close(within: .seconds(1)) }
  } catch {
    await node.close()
    throw error
  }
} restore: { restoration in
  let restored = try SnapshotRestore(
    snapshot: restoration.snapshot, folder: restoration.folder, logFolder: restoration.logFolder,
    name: restoration.name,
    founders: restoration.members.map { SnapshotRestore.Founder(name: $0.name, peerURLs: $0.peerURLs) },
    clusterToken: restoration.clusterToken
  ).run()
  return (restored.memberID, restored.clusterID)
}
let shell = Shell(localNodes: nodes)
exit(await shell.run(arguments: arguments, environment: environment))
