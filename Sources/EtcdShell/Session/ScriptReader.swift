import Synchronization

/// The statements of a script, one after another, and the plain lines between them for commands that read their own.
final class ScriptReader: LineInput {
  private struct State {
    var tokenizer = Tokenizer()
    var input: [UInt8] = []
    var position = 0
    var isAtEnd = false
    var isFirst = true
    var lineNumber = 0
  }

  /// What stands before the line in an error: a file's name, `stdin`, `-c`.
  let name: String
  private let state = Mutex(State())
  private let more: @Sendable () async throws -> [UInt8]?

  /// - Parameter more: the next bytes, or nil at the end.
  init(name: String, more: @escaping @Sendable () async throws -> [UInt8]?) {
    self.name = name
    self.more = more
  }

  /// A script that is already in memory.
  convenience init(name: String, text: [UInt8]) {
    let text = Mutex<[UInt8]?>(text)
    self.init(name: name) { text.withLock { $0.take() } }
  }

  /// The next statement, or nil at the end.
  func nextStatement() async throws -> Statement? {
    while true {
      let (statement, isDone) = try state.withLock { state throws(ShellError) in try Self.step(&state) }
      if statement != nil || isDone { return statement }
      try await fill()
    }
  }

  private static func step(_ state: inout State) throws(ShellError) -> (Statement?, isDone: Bool) {
    var position = state.position
    defer { state.position = position }
    let result = state.input.withUnsafeBufferPointer { buffer -> Result<Statement?, ShellError> in
      Result { () throws(ShellError) in try state.tokenizer.next(buffer, &position) }
    }
    if let statement = try result.get() { return (statement, false) }
    guard state.isAtEnd else { return (nil, false) }
    return (try state.tokenizer.finish(), true)
  }

  private func fill() async throws {
    let piece = try await more()
    state.withLock { state in
      guard var piece else {
        state.isAtEnd = true
        return
      }
      if state.isFirst {
        state.isFirst = false
        // A byte order mark, as some editors write.
        if piece.starts(with: [0xEF, 0xBB, 0xBF]) { piece.removeFirst(3) }
      }
      if state.position == state.input.count {
        state.input = piece
      } else {
        state.input.removeFirst(state.position)
        state.input += piece
      }
      state.position = 0
    }
  }

  var lineNumber: Int { state.withLock { $0.lineNumber } }

  func nextLine(prompt: String) async throws -> [UInt8]? {
    while true {
      let (line, isDone) = state.withLock { state -> ([UInt8]?, Bool) in
        state.lineNumber = state.tokenizer.line
        let rest = state.input[state.position...]
        if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          state.position = end + 1
          state.tokenizer.passLine()
          var line = rest[..<end]
          if line.last == UInt8(ascii: "\r") { line.removeLast() }
          return (Array(line), false)
        }
        guard state.isAtEnd else { return (nil, false) }
        state.position = state.input.count
        return (rest.isEmpty ? nil : Array(rest), true)
      }
      if line != nil || isDone { return line }
      try await fill()
    }
  }

  /// Nothing: what is left are further commands.
  func remainingBytes() async throws -> [UInt8]? { nil }
}

/// Standard input of a one-shot: it belongs to the command.
final class OneShotInput: LineInput {
  private let reader: ScriptReader
  private let file: InputFile

  init(file: InputFile) {
    self.file = file
    reader = ScriptReader(name: "stdin") { try await file.next {} }
  }

  func nextLine(prompt: String) async throws -> [UInt8]? { try await reader.nextLine(prompt: prompt) }

  var lineNumber: Int { reader.lineNumber }

  func nextSecret(prompt: String) async throws -> String? { Secret.read(prompt) }

  func remainingBytes() async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while let piece = try await file.next(beforeWaiting: {}) { bytes += piece }
    return bytes
  }
}
