import CEditline

/// The entries a session can go back to: in memory for libedit's commands and for suggestions, and in the file it
/// shares with other sessions.
final class History {
  let editlineHistory: OpaquePointer
  private var file: HistoryFile?
  private(set) var entries: [String] = []
  private let limit: Int

  init(file: HistoryFile?, limit: Int) {
    editlineHistory = history_winit()
    self.file = file
    self.limit = max(limit, 1)
    editline_history_set_size(editlineHistory, Int32(clamping: self.limit))
  }

  deinit { history_wend(editlineHistory) }

  /// Takes in what other sessions entered.
  func refresh() throws(HistoryFile.Failure) {
    if let news = try file?.refresh() { take(news) }
  }

  /// Adds an entry, unless it is blank or repeats the last one.
  func enter(_ entry: String) throws(HistoryFile.Failure) {
    guard entry.contains(where: { !$0.isWhitespace }), entry != entries.last else { return }
    defer { remember(entry) }
    if let news = try file?.append(entry) { take(news) }
  }

  /// The newest entry that begins with `prefix` and goes on.
  func entry(beginningWith prefix: String) -> String? {
    entries.last { $0.utf8.count > prefix.utf8.count && $0.utf8.starts(with: prefix.utf8) }
  }

  /// One line for the user; after it the session goes on with a history in memory only.
  func complaint(_ failure: HistoryFile.Failure) -> String {
    file = nil
    return "The history of this session is not kept: \(failure.message)\n"
  }

  private func take(_ news: HistoryFile.News) {
    switch news {
    case .added(let added):
      added.suffix(limit).forEach(remember)
    case .replaced(let all):
      entries = []
      editline_history_clear(editlineHistory)
      all.suffix(limit).forEach(remember)
    }
  }

  private func remember(_ entry: String) {
    guard entry != entries.last else { return }
    entries.append(entry)
    if entries.count >= 2 * limit { entries.removeFirst(entries.count - limit) }
    editline_history_enter(editlineHistory, wide(entry))
  }
}
