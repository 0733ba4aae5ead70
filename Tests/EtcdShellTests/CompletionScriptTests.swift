import Foundation
import TestSupport
import Testing

@testable import EtcdShell

@Suite("The scripts in completions/ are what the table says")
struct CompletionScriptTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../completions")
    .standardized

  @Test("they are current", arguments: CompletionScript.allCases)
  func current(script: CompletionScript) throws {
    let kept = try String(contentsOf: Self.folder.appending(path: script.fileName), encoding: .utf8)
    let isCurrent = kept == script.text(.standard)
    #expect(isCurrent, "run: swift run etch completions \(script.rawValue) > completions/\(script.fileName)")
  }

  @Test(
    "bash completes commands, flags and values with it",
    arguments: [
      ("etch ge", "get"), ("etch lease g", "grant"), ("etch get --pre", "--prefix"), ("etch get -w nd", "ndjson"),
      ("etch --endpoints x lease rev", "revoke"),
      ("etch --ke", "--key --keepalive-time --keepalive-timeout --keep-going"),
    ])
  func bash(line: String, expected: String) async throws {
    let words = line.split(separator: " ").map { "'\($0)'" }.joined(separator: " ")
    let script = """
      source '\(Self.folder.path)/etch.bash'
      COMP_WORDS=(\(words)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
      _etch
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let output = try await Program.run("bash", ["-c", script])
    #expect(Set(output.text.split(separator: "\n")) == Set(expected.split(separator: " ")))
    #expect(output.errorText == "")
  }

  @Test("zsh and fish can read theirs", arguments: [("zsh", "_etch"), ("fish", "etch.fish")])
  func parses(shell: String, file: String) async throws {
    guard let output = try? await Program.run(shell, ["-n", Self.folder.appending(path: file).path]) else {
      print("skipped: \(shell) is not installed")
      return
    }
    #expect(output.status == 0, "\(output)")
  }
}
