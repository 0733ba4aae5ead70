/// The scripts that let bash, zsh and fish complete etch's own command line, written from the table.
enum CompletionScript: String, CaseIterable {
  case bash, zsh, fish

  /// Where a script lies in `completions/`, by the name its shell looks for.
  var fileName: String {
    switch self {
    case .bash: "etch.bash"
    case .zsh: "_etch"
    case .fish: "etch.fish"
    }
  }

  func text(_ table: CommandTable) -> String {
    let writer = CompletionScriptWriter(table: table)
    switch self {
    case .bash: return writer.bash
    case .zsh: return writer.zsh
    case .fish: return writer.fish
    }
  }
}

struct CompletionScriptWriter {
  let table: CommandTable

  private var own: [Flag] { Launch.ownFlags + GlobalFlags.all }

  /// Commands of the program's own line: those that make sense as one-shots.
  private var commands: [Command] { table.commands.filter { $0.place != .session } }

  private var firstWords: [(word: String, summary: String, family: [Command])] {
    var seen: Set<String> = []
    return commands.compactMap { command in
      let word = String(command.name.prefix { $0 != " " })
      guard seen.insert(word).inserted else { return nil }
      let family = table.family(word)
      let names = family.map(secondWord).joined(separator: ", ")
      return (word, family.isEmpty ? command.summary : names, family)
    }
  }

  private func secondWord(_ command: Command) -> String { String(command.name.drop { $0 != " " }.dropFirst()) }

  /// Every flag that takes a value, once; the name decides what the value is.
  private var valueFlags: [Flag] {
    var seen: Set<String> = []
    return (own + commands.flatMap(\.flags)).filter { $0.kind != .bool && seen.insert($0.name).inserted }
  }

  private func spellings(_ flag: Flag) -> [String] { ["--\(flag.name)"] + (flag.shorthand.map { ["-\($0)"] } ?? []) }

  // MARK: bash

  var bash: String {
    let files = valueFlags.filter { $0.kind == .file }.flatMap(spellings)
    let others = valueFlags.filter { flag in
      if case .choice = flag.kind { return false }
      return flag.kind != .file
    }.flatMap(spellings)
    var text = """
      # bash completion for etch, written by `etch completions bash`.

      _etch() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} first= second= index
        local everywhere='\(flagWords(GlobalFlags.all))'
        for ((index = 1; index < COMP_CWORD; index++)); do
          case ${COMP_WORDS[index]} in
            \(valueFlags.flatMap(spellings).joined(separator: "|"))) ((index++)) ;;
            -*) ;;
            *)
              if [[ -z $first ]]; then first=${COMP_WORDS[index]}; else second=${COMP_WORDS[index]}; break; fi ;;
          esac
        done
        case $previous in

      """
    for flag in valueFlags {
      guard case .choice(let words) = flag.kind else { continue }
      text +=
        "    \(spellings(flag).joined(separator: "|"))) _etch_words '\(words.joined(separator: " "))'; return ;;\n"
    }
    text += """
          \(files.joined(separator: "|"))) COMPREPLY=($(compgen -f -- "$current")); return ;;
          \(others.joined(separator: "|"))) return ;;
        esac
        case $first,$second in
          ,)
            if [[ $current == -* ]]; then _etch_words "\(flagWords(Launch.ownFlags)) $everywhere"
            else _etch_words '\(firstWords.map(\.word).joined(separator: " "))'; fi
            return ;;

      """
    for (word, _, family) in firstWords where !family.isEmpty {
      text += "    \(word),) _etch_words '\(family.map(secondWord).joined(separator: " "))'; return ;;\n"
    }
    text += "  esac\n  case $first,$second in\n"
    for command in commands {
      let words = command.name.split(separator: " ")
      let pattern = words.count == 2 ? words.joined(separator: ",") : "\(words[0]),*"
      let isFile = command.parameters.contains { $0.kind == .file }
      text += "    \(pattern))\n"
      let flags = command.flags.isEmpty ? "" : flagWords(command.flags) + " "
      text += "      if [[ $current == -* ]]; then _etch_words \"\(flags)$everywhere\""
      text += isFile ? "; else COMPREPLY=($(compgen -f -- \"$current\")); fi ;;\n" : "; fi ;;\n"
    }
    return text + """
        esac
      }

      _etch_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }

      complete -o filenames -F _etch etch

      """
  }

  private func flagWords(_ flags: [Flag]) -> String { flags.map { "--\($0.name)" }.joined(separator: " ") }

  // MARK: zsh

  var zsh: String {
    var text = """
      #compdef etch
      # zsh completion for etch, written by `etch completions zsh`.

      _etch() {
        local -a commands everywhere
        local context state state_descr line
        typeset -A opt_args
        everywhere=(

      """
    text += GlobalFlags.all.map { "    \(zshFlag($0))\n" }.joined()
    text += """
        )
        _arguments -C $everywhere \\

      """
    text += Launch.ownFlags.map { "    \(zshFlag($0)) \\\n" }.joined()
    text += """
          '1:command:->first' '*::word:->rest'
        case $state in
          first)
            commands=(

      """
    text += firstWords.map { "        \(zshDescribed($0.word, $0.summary))\n" }.joined()
    text += """
            )
            _describe command commands ;;
          rest)
            _etch_command "$line[1]" ;;
        esac
      }

      _etch_command() {
        case $1 in

      """
    for (word, _, family) in firstWords {
      text += "    \(word))\n"
      if family.isEmpty {
        text += zshArguments(table[word]!, indent: "      ")
      } else {
        text += "      if ((CURRENT == 2)); then\n        commands=(\n"
        text += family.map { "          \(zshDescribed(secondWord($0), $0.summary))\n" }.joined()
        text += "        )\n        _describe command commands\n      else\n        shift words; ((CURRENT--))\n"
        text += "        case $words[1] in\n"
        for command in family {
          text +=
            "          \(secondWord(command)))\n" + zshArguments(command, indent: "            ") + "            ;;\n"
        }
        text += "        esac\n      fi\n"
      }
      text += "      ;;\n"
    }
    return text + "  esac\n}\n\n_etch \"$@\"\n"
  }

  private func zshArguments(_ command: Command, indent: String) -> String {
    let flags = command.flags.map { "\(indent)  \(zshFlag($0)) \\\n" }.joined()
    let action = command.parameters.contains { $0.kind == .file } ? "_files" : "()"
    return "\(indent)_arguments $everywhere \\\n\(flags)\(indent)  '*:word:\(action)'\n"
  }

  private func zshFlag(_ flag: Flag) -> String {
    let summary = flag.summary.replacing("'", with: "'\\''").replacing("[", with: "\\[").replacing("]", with: "\\]")
      .replacing(":", with: "\\:")
    let value =
      switch flag.kind {
      case .bool: ""
      case .file: ":file:_files"
      case .choice(let words): ":value:(\(words.joined(separator: " ")))"
      default: ":\(flag.kind.placeholder.lowercased()):()"
      }
    let equals = flag.kind == .bool ? "" : "="
    guard let short = flag.shorthand else { return "'--\(flag.name)\(equals)[\(summary)]\(value)'" }
    let plus = flag.kind == .bool ? "" : "+"
    return "{-\(short)\(plus),--\(flag.name)\(equals)}'[\(summary)]\(value)'"
  }

  private func zshDescribed(_ word: String, _ summary: String) -> String {
    "'\(word.replacing(":", with: "\\:")):\(summary.replacing("'", with: "'\\''"))'"
  }

  // MARK: fish

  var fish: String {
    var text = """
      # fish completion for etch, written by `etch completions fish`.

      # The words of the command line that are neither flags nor their values.
      function __etch_words
          set -l skip 0
          for word in (commandline -opc)[2..]
              if test $skip = 1
                  set skip 0
              else if contains -- $word \(valueFlags.flatMap(spellings).joined(separator: " "))
                  set skip 1
              else if not string match -q -- '-*' $word
                  echo $word
              end
          end
      end

      function __etch_at
          set -l words (__etch_words)
          test (count $words) -ge (count $argv); or return 1
          test (count $argv) = 0; or test "$words[1..$(count $argv)]" = "$argv"
      end

      function __etch_after
          set -l words (__etch_words)
          test (count $words) = (count $argv); and test "$words" = "$argv"
      end

      complete -c etch -f

      """
    text += own.map { "complete -c etch \(fishFlag($0))\n" }.joined()
    for (word, summary, family) in firstWords {
      text += "complete -c etch -n '__etch_after' -a \(fishQuoted(word)) -d \(fishQuoted(summary))\n"
      for command in family {
        text +=
          "complete -c etch -n '__etch_after \(word)' -a \(fishQuoted(secondWord(command))) -d \(fishQuoted(command.summary))\n"
      }
    }
    for command in commands {
      text += command.flags.map { "complete -c etch -n '__etch_at \(command.name)' \(fishFlag($0))\n" }.joined()
      if command.parameters.contains(where: { $0.kind == .file }) {
        text += "complete -c etch -n '__etch_at \(command.name)' -F\n"
      }
    }
    return text
  }

  private func fishFlag(_ flag: Flag) -> String {
    let short = flag.shorthand.map { "-s \($0) " } ?? ""
    let value =
      switch flag.kind {
      case .bool: ""
      case .file: "-r -F "
      case .choice(let words): "-x -a \(fishQuoted(words.joined(separator: " "))) "
      default: "-x "
      }
    return "\(short)-l \(flag.name) \(value)-d \(fishQuoted(flag.summary))"
  }

  private func fishQuoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
