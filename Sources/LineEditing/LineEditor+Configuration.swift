#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LineEditor {
  public struct Configuration: Sendable {
    /// The name that ~/.editrc's lines may be limited to ("etch:bind …").
    public var programName: String
    /// Where entries are kept, in libedit's format and shared with other sessions; nil keeps them in memory only.
    public var historyFile: String?
    /// Entries kept.
    public var historyLimit = 10_000
    /// Whether an entry is to be kept out of the history.
    public var isSecret: @Sendable (String) -> Bool = { _ in false }
    /// Whether an entry needs another line before it means something: an open quote, a trailing backslash.
    public var isIncomplete: @Sendable (String) -> Bool = { _ in false }
    /// Candidates at a cursor (a UTF-8 offset). It may take its time: keys typed meanwhile are not lost, and Ctrl-C
    /// cancels its task.
    public var completer: @Sendable (_ line: String, _ cursor: Int) async -> Completion = { _, cursor in
      Completion(replacing: cursor..<cursor, candidates: [])
    }
    /// What is shown dimmed after a line with the cursor at its end, such as the arguments still missing. Called for
    /// each key: it has to be quick.
    public var hinter: @Sendable (_ line: String) -> String? = { _ in nil }
    /// Hints and descriptions are grey, or faint where no colour is wanted.
    public var usesColor = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true

    public init(programName: String) { self.programName = programName }

    var dim: Cell.Style { usesColor ? "90" : "2" }
  }
}
