import LineEditing
import Synchronization

/// Text on a terminal where a line may be being typed: then it is printed above that line, else written as it is.
final class PromptSink: Console.Sink {
  private let editor: LineEditor
  private let isReading = Mutex(false)

  init(editor: LineEditor) { self.editor = editor }

  func write(_ bytes: [UInt8], toErrors: Bool) {
    isReading.withLock { isReading in
      if isReading {
        editor.print(String(decoding: bytes, as: UTF8.self))
      } else {
        FileSink().write(bytes, toErrors: toErrors)
      }
    }
  }

  /// Reads a line that is not shown.
  func readSecret(_ prompt: String) async -> String? {
    isReading.withLock { $0 = true }
    let secret = await editor.readSecret(prompt: prompt)
    isReading.withLock { $0 = false }
    return secret
  }

  /// Reads a line. What is written meanwhile goes above it.
  func readLine(_ prompt: Prompt) async -> Input {
    isReading.withLock { $0 = true }
    let input = await editor.readLine(prompt: prompt)
    isReading.withLock { $0 = false }
    return input
  }
}
