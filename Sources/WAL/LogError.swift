import DiskIO

/// Why a log cannot be read or written.
public enum LogError: Error, Sendable, Equatable {
  case disk(DiskError)
  /// Bytes that were written whole once are not what they were.
  case damaged(path: String, offset: Int, what: String)
  /// A segment between two others, or the one to begin with, is not there.
  case missingSegment(folder: String, what: String)
}

extension LogError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .disk(let error): error.description
    case .damaged(let path, let offset, let what): "the log \(path) is damaged at byte \(offset): \(what)"
    case .missingSegment(let folder, let what): "the log in \(folder) is incomplete: \(what)"
    }
  }

  public var remedy: String? {
    switch self {
    case .disk(let error): error.remedy
    case .damaged, .missingSegment: "restore the folder from a snapshot or a backup; nothing in it was changed"
    }
  }
}
