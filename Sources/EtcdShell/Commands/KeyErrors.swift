#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The numbered errors of the 2017 commands: `Error:  100: Key not found (/two) [4]`, exit status 4.
///
/// The number in brackets is the store's revision. Keys are stored as they are typed; between the brackets they are
/// shown as paths, with the leading slash that every key then had.
enum KeyError {
  case keyNotFound(Data)
  case compareFailed(expected: String, actual: String)
  case notAFile(Data)
  case notADirectory(Data)
  case keyAlreadyExists(Data)
  case directoryNotEmpty(Data)

  func error(at revision: Int64, word: Word? = nil, remedy: String? = nil) -> ShellError {
    // The second blank of "Error:  100" is part of the text that scripts of that time look for.
    ShellError(" \(text) [\(revision)]", remedy: remedy, status: ExitStatus.badFeature, at: word)
  }

  private var text: String {
    switch self {
    case .keyNotFound(let key): "100: Key not found (\(path(key)))"
    case .compareFailed(let expected, let actual): "101: Compare failed ([\(expected) != \(actual)])"
    case .notAFile(let key): "102: Not a file (\(path(key)))"
    case .notADirectory(let key): "104: Not a directory (\(path(key)))"
    case .keyAlreadyExists(let key): "105: Key already exists (\(path(key)))"
    case .directoryNotEmpty(let key): "108: Directory not empty (\(path(key)))"
    }
  }

  private func path(_ key: Data) -> String {
    let shown = Quoting.shown(Array(key))
    return shown.hasPrefix("/") ? shown : "/" + shown
  }
}
