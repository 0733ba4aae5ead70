import EtcdServer
import Foundation
import Testing

@testable import EtcdShell

/// Stories.txt: what one types, and what one reads.
@Suite(.timeLimit(.minutes(5))) struct StoryTests {
  struct Story: Sendable, CustomTestStringConvertible {
    var title: String
    var steps: [(command: String, expected: String)] = []
    var testDescription: String { title }
  }

  static let stories: [Story] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Stories.txt")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { fatalError("cannot read \(file.path)") }
    var stories: [Story] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("# ") {
        stories.append(Story(title: String(line.dropFirst(2))))
      } else if line.hasPrefix("> ") {
        stories[stories.count - 1].steps.append((String(line.dropFirst(2)), ""))
      } else if line.hasPrefix("  "), let last = stories.last, !last.steps.isEmpty {
        stories[stories.count - 1].steps[last.steps.count - 1].expected += line.dropFirst(2) + "\n"
      }
    }
    return stories
  }()

  @Test("a story is told as it is written", arguments: stories)
  func tell(story: Story) async throws {
    let captured = CapturedSession(try EtcdNode.boot())
    for (command, expected) in story.steps {
      let (output, errors) = (captured.sink.output, captured.sink.errors)
      do {
        for statement in try Tokenizer.statements(in: command) { try await captured.session.run(statement) }
      } catch {
        let error = ShellError(any: error)
        captured.session.console.writeErrorLine("[\(error.status)] Error: \(error.message)\(error.explanation)")
      }
      captured.session.console.flush()
      let actual = captured.sink.output.dropFirst(output.count) + captured.sink.errors.dropFirst(errors.count)
      #expect(actual == expected, "\(command)")
    }
    await captured.session.end()
  }
}
