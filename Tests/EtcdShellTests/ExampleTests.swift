import EtcdServer
import Foundation
import TestSupport
import Testing

@testable import EtcdShell

/// What help shows is what one can type.
@Suite(.timeLimit(.minutes(5))) struct ExampleTests {
  /// Commands that need a lease or a member which a fresh node does not have: etcd's refusal is all they can get.
  static let needingOthers = [
    "lease revoke", "lease keep-alive", "member add", "member remove", "member update", "member promote", "move-leader",
  ]
  /// Commands that end the session, leave this node, need another one, read a file that is not there, need a prompt,
  /// take a minute, or wait for Ctrl-C.
  static let elsewhere = [
    "exit", "connect", "source", "history", "fg", "elect", "make-mirror", "check perf", "check datascale",
    "user passwd",
  ]

  @Test("every command has an example") func present() {
    for command in CommandTable.standard.commands {
      #expect(!command.examples.isEmpty, "\(command.name)")
    }
  }

  @Test(
    "a command's examples, one after another, run on a fresh node",
    arguments: CommandTable.standard.commands.filter { !elsewhere.contains($0.name) }.map(\.name))
  func run(name: String) async throws {
    let command = try #require(CommandTable.standard[name])
    let folder = TemporaryFolder()
    let script =
      command.examples.joined(separator: "\n").replacing("backup.db", with: folder.file("backup.db"))
      .replacing("restored.etcd", with: folder.file("restored.etcd")) + "\n"
    let (status, output, errors) = try await ScriptTests.run(script)
    if Self.needingOthers.contains(name) {
      #expect(status != 0 && status != ExitStatus.badArguments || name.hasPrefix("m"), "\(script)\(errors)")
    } else {
      #expect(status == 0, "\(script)\(output)\(errors)")
    }
  }
}
