/// What one key stroke, or one paste, came to.
enum Key: Equatable {
  case scalar(Unicode.Scalar)
  case up, down, left, right, home, end, delete, pageUp, pageDown
  case wordLeft, wordRight, deleteWord
  /// Text between the terminal's paste brackets, as it came.
  case paste(String)
}

/// Turns the bytes a terminal sends into keys.
///
///     1b 5b 31 3b 35 43      ESC [ 1 ; 5 C           .wordRight
///     e2 82 ac               €                       .scalar("€")
///     1b                     ESC and then silence    .scalar(ESC), once `expire` was called
///     1b 5b 32 30 30 7e …    ESC [ 200 ~ … ESC [ 201 ~   .paste(…)
///
/// An escape alone and the start of a sequence look the same: the driver waits for `patience`, and calls `expire` when
/// nothing followed.
struct KeyDecoder {
  private var bytes: [UInt8] = []
  private var head = 0
  private var pasted: [UInt8]?
  private var isExpired = false

  mutating func feed(_ more: some Sequence<UInt8>) {
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      head = 0
    }
    bytes.append(contentsOf: more)
    isExpired = false
  }

  /// How many milliseconds to wait for more before `expire`; nil when nothing is held that more could complete.
  ///
  /// A terminal sends an escape sequence at once; a person's next key after ESC comes later than this. A paste's end
  /// may never come: a Ctrl-C pressed while a program runs makes the terminal forget what was typed ahead.
  var patience: Int32? {
    if pasted != nil { return 1000 }
    return head < bytes.count ? 25 : nil
  }

  /// Nothing followed in time: what is held is to be taken as it stands.
  mutating func expire() { isExpired = true }

  /// Whether a Ctrl-C is among the bytes not yet decoded.
  var holdsInterrupt: Bool { pasted == nil && bytes[head...].contains(0x03) }

  /// The next key, or nil when more bytes are needed. Sequences that mean nothing here are passed over.
  mutating func next() -> Key? {
    while head < bytes.count || pasted != nil {
      if pasted != nil {
        guard let text = nextPaste() ?? (isExpired ? takePaste() : nil) else { return nil }
        return .paste(text)
      }
      guard bytes[head] == 0x1b else { return nextScalar() }
      guard head + 1 < bytes.count else { return isExpired ? takeByte() : nil }
      switch bytes[head + 1] {
      case UInt8(ascii: "["):
        guard let end = endOfControlSequence() else { return isExpired ? takeByte() : nil }
        let sequence = bytes[(head + 2)..<end]
        // A control character ends a sequence that was never finished, and counts itself: Ctrl-C above all.
        guard bytes[end - 1] >= 0x20 else {
          head = end - 1
          continue
        }
        head = end
        if sequence.elementsEqual("200~".utf8) {
          pasted = []
        } else if let key = Self.key(controlSequence: sequence) {
          return key
        }
      case UInt8(ascii: "O"):
        guard head + 2 < bytes.count else { return isExpired ? takeByte() : nil }
        let sequence = bytes[(head + 2)..<(head + 3)]
        guard bytes[head + 2] >= 0x20 else {
          head += 2
          continue
        }
        head += 3
        if let key = Self.key(controlSequence: sequence) { return key }
      default:
        return takeByte()
      }
    }
    return nil
  }

  private mutating func takePaste() -> String {
    defer { pasted = nil }
    return String(decoding: pasted!, as: UTF8.self)
  }

  private mutating func takeByte() -> Key {
    defer { head += 1 }
    return .scalar(Unicode.Scalar(bytes[head]))
  }

  /// One past the final byte of the sequence that starts at `head`, or nil when it is not all there.
  private func endOfControlSequence() -> Int? {
    for index in (head + 2)..<bytes.count where !(0x20...0x3f).contains(bytes[index]) {
      return index + 1
    }
    return nil
  }

  private static func key(controlSequence: ArraySlice<UInt8>) -> Key? {
    guard let final = controlSequence.last else { return nil }
    let parameters = controlSequence.dropLast().split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 1 }
    // The second parameter is 1 + a set of modifiers: 2 Alt, 4 Control. Either makes a step a whole word.
    let isModified = parameters.count > 1 && (parameters[1] - 1) & 6 != 0
    switch final {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return isModified ? .wordRight : .right
    case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "M") where controlSequence.count == 1: return .scalar("\n")
    case UInt8(ascii: "~"):
      switch parameters.first {
      case 1, 7: return .home
      case 4, 8: return .end
      case 3: return isModified ? .deleteWord : .delete
      case 5: return .pageUp
      case 6: return .pageDown
      default: return nil
      }
    default: return nil
    }
  }

  private mutating func nextScalar() -> Key? {
    var decoder = UTF8()
    var rest = bytes[head...].prefix(4).makeIterator()
    let first = bytes[head]
    let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    if bytes.count - head < length && !isExpired && Self.isPrefix(bytes[head...]) { return nil }
    switch decoder.decode(&rest) {
    case .scalarValue(let scalar):
      head += UTF8.width(scalar)
      return .scalar(scalar)
    case .error, .emptyInput:
      head += 1
      return .scalar("\u{fffd}")
    }
  }

  /// Whether these bytes start a character that more bytes could complete.
  private static func isPrefix(_ bytes: ArraySlice<UInt8>) -> Bool {
    (0xc2...0xf4).contains(bytes.first!) && bytes.dropFirst().allSatisfy { (0x80...0xbf).contains($0) }
  }

  /// Moves bytes into the paste up to its closing bracket; the text when that was reached.
  private mutating func nextPaste() -> String? {
    let close = Array("\u{1b}[201~".utf8)
    pasted!.append(contentsOf: bytes[head...])
    let searchFrom = max(0, pasted!.count - (bytes.count - head) - close.count)
    head = bytes.count
    var index = searchFrom
    while index + close.count <= pasted!.count {
      if pasted![index] == 0x1b && pasted![index..<(index + close.count)].elementsEqual(close) {
        bytes = Array(pasted![(index + close.count)...])
        head = 0
        pasted!.removeSubrange(index...)
        return takePaste()
      }
      index += 1
    }
    return nil
  }
}
