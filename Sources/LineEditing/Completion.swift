/// What a completer found: candidates for a part of the line.
public struct Completion: Sendable, Equatable {
  /// The part of the line that a candidate replaces, as UTF-8 offsets; usually from the word's start to the cursor.
  public var replacing: Range<Int>
  /// In the order to show them.
  public var candidates: [Candidate]

  public init(replacing: Range<Int>, candidates: [Candidate]) {
    self.replacing = replacing
    self.candidates = candidates
  }

  public struct Candidate: Sendable, Equatable {
    /// What is put into the line, quoted as the line needs it.
    public var insertion: String
    /// What the list of candidates shows; the insertion unless given.
    public var display: String
    /// A few words shown beside it in the list.
    public var description: String?
    /// Whether a space follows once it is the only candidate. A path's directory has none: one types on.
    public var isWhole: Bool

    public init(insertion: String, display: String? = nil, description: String? = nil, isWhole: Bool = true) {
      self.insertion = insertion
      self.display = display ?? insertion
      self.description = description
      self.isWhole = isWhole
    }
  }
}

extension Completion {
  /// What all candidates' insertions begin with, by whole characters.
  var commonPrefix: String {
    guard let first = candidates.first else { return "" }
    var prefix = Substring(first.insertion)
    for candidate in candidates.dropFirst() {
      let same = zip(prefix, candidate.insertion).prefix { $0 == $1 }.count
      prefix = prefix.prefix(same)
    }
    return String(prefix)
  }
}
