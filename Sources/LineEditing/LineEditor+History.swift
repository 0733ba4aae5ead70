extension LineEditor {
  /// The entries a history file holds, oldest first; none when there is no such file.
  public static func entries(inHistory path: String) throws(Failure) -> [String] {
    var file = HistoryFile(path: path, limit: .max)
    do throws(HistoryFile.Failure) {
      switch try file.refresh() {
      case .added(let entries), .replaced(let entries): return entries
      }
    } catch {
      throw Failure(message: error.message)
    }
  }
}
