import EtcdServer
import Foundation
import TestSupport
import Testing

@testable import EtcdShell

@Suite("A script runs line by line in one session", .timeLimit(.minutes(5)))
struct ScriptTests {
  static func run(_ script: String, keepsGoing: Bool = false) async throws -> (Int32, output: String, errors: String) {
    let captured = CapturedSession(try EtcdNode.boot())
    captured.session.change { $0.keepsGoing = keepsGoing }
    let reader = ScriptReader(name: "script", text: Array(script.utf8))
    let status: Int32
    do throws(ExitRequest) {
      status = try await ScriptRunner(session: captured.session, reader: reader).run()
    } catch {
      status = error.status ?? 0
    }
    await captured.session.end()
    return (status, captured.sink.output, captured.sink.errors)
  }

  @Test("it stops at the first error")
  func stops() async throws {
    let (status, output, errors) = try await Self.run("put a 1\nget nothing\nput b 2\n")
    #expect(status == 4)
    #expect(output == "OK\n")
    #expect(errors == "script:2:5: 100: Key not found (/nothing) [2]\n")
  }

  @Test("or goes on, and leaves with the first error's status")
  func keepsGoing() async throws {
    let (status, output, errors) = try await Self.run("get nothing\nbogus\nput $'\\q' x\nput b 2\n", keepsGoing: true)
    #expect(status == 4)
    #expect(output == "OK\n")
    #expect(
      errors.split(separator: "\n").filter { $0.hasPrefix("script:") }.map { $0.prefix(10) } == [
        "script:1:5", "script:2:1", "script:3:7",
      ])
  }

  @Test("exit ends it, with the status asked for or the one it has come to")
  func exit() async throws {
    #expect(try await Self.run("put a 1\nexit 7\nput b 2").0 == 7)
    let (status, output, _) = try await Self.run(":set keep-going on\nbogus\nexit\nput b 2")
    #expect(status == 1)
    #expect(output == "")
  }

  @Test("a sourced file runs in the same session, errors name it, and exit in it ends everything")
  func source() async throws {
    let folder = TemporaryFolder()
    let inner = folder.path + "/inner"
    try Data(":set output json\nget nothing a b\n".utf8).write(to: URL(filePath: inner))
    let (status, _, errors) = try await Self.run("source \(inner)\nput a 1")
    #expect(status == 128)
    #expect(errors.hasPrefix("\(inner):2:15: "))
    #expect(errors.split(separator: "\n").count == 2)

    try Data("put a 1\nexit 9\n".utf8).write(to: URL(filePath: inner))
    let (last, output, _) = try await Self.run("source \(inner)\nput b 1")
    #expect(last == 9)
    #expect(output == "OK\n")

    try Data("source \(inner)\n".utf8).write(to: URL(filePath: inner))
    let endless = try await Self.run("source \(inner)")
    #expect(endless.0 == 1)
    #expect(endless.errors.contains("is sourced by itself"))
  }

  @Test("settings last, flags are for one command")
  func settings() async throws {
    let (status, output, _) = try await Self.run(
      """
      put a 1
      get a -w json
      :set hex on
      get a
      get a --hex=false
      :set hex
      :set readonly on
      """)
    #expect(status == 0)
    #expect(output.hasSuffix("\\x61\n\\x31\na\n1\nhex on\n"))
  }

  @Test("a read-only session refuses what may write")
  func readOnly() async throws {
    let (status, _, errors) = try await Self.run(":set readonly on\nget --prefix b\nput a 1")
    #expect(status == 4)
    #expect(errors == "script:3:1: put may write, and this session is read-only\n  remedy: :set readonly off\n")
  }

  @Test("watches started in it have shown everything that was written when it ends")
  func watches() async throws {
    let (status, output, errors) = try await Self.run(
      """
      put before 1
      watch --prefix /a/ &
      watch /b &
      put /a/1 one
      put /b two
      watches
      unwatch 2
      put /b three
      del --prefix /a/
      """)
    #expect(status == 0)
    #expect(errors == "[1] watching /a/ from revision 3\n[2] watching /b from revision 3\n")
    #expect(output.contains("[1] watching /a/ from revision 3\n[2] watching /b from revision 3\n"))
    #expect(output.contains("PUT\n/a/1\none\n"))
    #expect(output.contains("DELETE\n/a/1\n"))
    #expect(!output.contains("three"))
  }

  @Test("a here-document is a value")
  func hereDocument() async throws {
    #expect(try await Self.run("put a <<EOF\n- x\n- y\nEOF\nget a").output == "OK\na\n- x\n- y\n\n")
  }

  @Test("echo prints its words, time runs a command")
  func echo() async throws {
    let (_, output, errors) = try await Self.run("echo -n 'a  b' --\ntime put a 1")
    #expect(output == "-n a  b --\nOK\n")
    #expect(errors.hasPrefix("took "))
  }

  @Test("help lists every command, and every command has its page")
  func help() async throws {
    let overview = try await Self.run("help").output
    for command in CommandTable.standard.commands {
      #expect(overview.contains("  \(command.name) "))
      let page = try await Self.run("help \(command.name)").output
      #expect(page.hasPrefix("\(command.name) - "))
      #expect(try await Self.run("\(command.name) --help").output == page || !command.readsFlags)
    }
    #expect(try await Self.run("help @leases").output.hasPrefix("Leases\n  lease grant"))
    #expect(try await Self.run("help lease").output.contains("lease revoke"))
    #expect(try await Self.run("? get").output.hasPrefix("get - "))
  }

  @Test("every example in the help can be read")
  func examples() throws {
    for command in CommandTable.standard.commands {
      for example in command.examples {
        // A transaction's further lines are its own language.
        let statements = try Tokenizer.statements(in: example)
        for statement in command.name == "txn" ? statements.prefix(1) : statements[...] {
          let parsed = try? CommandTable.standard.parse(statement.words)
          #expect(parsed != nil, "\(example)")
        }
      }
    }
  }
}
