import AccessControl
import EtcdAPI
import EtcdState

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension EtcdNode {
  /// On whose behalf a call is made.
  ///
  /// - Parameters:
  ///   - token: what the call's metadata has under `token`, or else under `authorization`.
  ///   - commonName: of the client's verified certificate, where certificates name users (`--client-cert-auth`) and the
  ///     call does not come through the gateway, whose certificate is the server's own. A token goes before it.
  /// - Throws: `invalidAuthToken` when authentication is on and the token is not, or no longer, good.
  public func caller(token: String?, commonName: String?) throws(EtcdError) -> Caller {
    if token == nil && commonName == nil { return .anonymous }
    let now = uptime
    return try core.withLock { core throws(EtcdError) -> Verdict in
      if let token, core.state.access.isEnabled {
        switch credentials.tokens {
        case .simple:
          guard let user = core.tokens.use(token.withoutScheme, now: now) else { throw .invalidAuthToken }
          return .is(.user(name: user, authRevision: core.state.access.revision))
        case .web(let tokens): return .tells(tokens, token.withoutScheme)
        }
      }
      guard let commonName else { return .is(.anonymous) }
      return .is(.user(name: commonName, authRevision: core.state.access.revision))
    }.caller()
  }

  /// Verifying a signature takes too long to be done under the lock.
  private enum Verdict {
    case `is`(Caller)
    case tells(WebTokens, String)

    func caller() throws(EtcdError) -> Caller {
      switch self {
      case .is(let caller): return caller
      case .tells(let tokens, let token):
        guard let claims = tokens.verify(token, now: Date().timeIntervalSince1970) else { throw .invalidAuthToken }
        return .user(name: claims.username, authRevision: claims.revision)
      }
    }
  }

  /// Gives a token for a name and a password. Nobody need be known for that.
  public func authenticate(
    _ request: AuthenticateRequest, by caller: Caller, then: @escaping Completion<AuthenticateResponse>
  ) {
    let hash: Data
    let revision: UInt64
    do throws(EtcdError) {
      (hash, revision) = try core.withLock { core throws(EtcdError) in
        (try core.state.access.passwordHash(of: request.name), core.state.access.revision)
      }
    } catch {
      credentials.noteRefusal(of: request.name, error)
      return then(.failure(error))
    }
    credentials.queue.async { [self] in
      guard BCrypt.verify(request.password, matches: hash) else {
        credentials.noteRefusal(of: request.name, .authFailed)
        return then(.failure(.authFailed))
      }
      var login = InternalAuthenticateRequest()
      login.name = request.name
      var generator = SystemRandomNumberGenerator()
      if case .simple = credentials.tokens { login.simpleToken = SimpleTokens.makePrefix(using: &generator) }
      propose(.authenticate(login), by: .anonymous, then: { self.finish(request, $0, checkedAt: revision, then) }) {
        if case .authenticate(let response) = $0 { response } else { nil }
      }
    }
  }

  private func finish(
    _ request: AuthenticateRequest, _ result: Result<AuthenticateResponse, EtcdError>, checkedAt revision: UInt64,
    _ then: @escaping Completion<AuthenticateResponse>
  ) {
    guard case .success(let response) = result else { return then(result) }
    // The password that was found right may be another by now.
    if core.withLock({ $0.state.access.revision }) != revision {
      return authenticate(request, by: .anonymous, then: then)
    }
    guard case .web(let tokens) = credentials.tokens else { return then(result) }
    credentials.queue.async {
      then(
        Result { () throws(EtcdError) in
          var response = response
          response.token = try tokens.issue(
            to: request.name, revision: revision, now: Date().timeIntervalSince1970)
          return response
        })
    }
  }

  // MARK: Changing

  public func authEnable(
    _ request: AuthEnableRequest, by caller: Caller, then: @escaping Completion<AuthEnableResponse>
  ) {
    change(.authEnable, by: caller, AuthEnableResponse(), then)
  }

  public func authDisable(
    _ request: AuthDisableRequest, by caller: Caller, then: @escaping Completion<AuthDisableResponse>
  ) {
    change(.authDisable, by: caller, AuthDisableResponse(), then)
  }

  public func userAdd(_ request: AuthUserAddRequest, by caller: Caller, then: @escaping Completion<AuthUserAddResponse>)
  {
    changeHashing(.userAdd(request), by: caller, AuthUserAddResponse(), then)
  }

  public func userDelete(
    _ request: AuthUserDeleteRequest, by caller: Caller, then: @escaping Completion<AuthUserDeleteResponse>
  ) {
    change(.userDelete(request), by: caller, AuthUserDeleteResponse(), then)
  }

  public func userChangePassword(
    _ request: AuthUserChangePasswordRequest, by caller: Caller,
    then: @escaping Completion<AuthUserChangePasswordResponse>
  ) {
    changeHashing(.userChangePassword(request), by: caller, AuthUserChangePasswordResponse(), then)
  }

  public func userGrantRole(
    _ request: AuthUserGrantRoleRequest, by caller: Caller, then: @escaping Completion<AuthUserGrantRoleResponse>
  ) {
    change(.userGrantRole(request), by: caller, AuthUserGrantRoleResponse(), then)
  }

  public func userRevokeRole(
    _ request: AuthUserRevokeRoleRequest, by caller: Caller, then: @escaping Completion<AuthUserRevokeRoleResponse>
  ) {
    change(.userRevokeRole(request), by: caller, AuthUserRevokeRoleResponse(), then)
  }

  public func roleAdd(_ request: AuthRoleAddRequest, by caller: Caller, then: @escaping Completion<AuthRoleAddResponse>)
  {
    change(.roleAdd(request), by: caller, AuthRoleAddResponse(), then)
  }

  public func roleDelete(
    _ request: AuthRoleDeleteRequest, by caller: Caller, then: @escaping Completion<AuthRoleDeleteResponse>
  ) {
    change(.roleDelete(request), by: caller, AuthRoleDeleteResponse(), then)
  }

  public func roleGrantPermission(
    _ request: AuthRoleGrantPermissionRequest, by caller: Caller,
    then: @escaping Completion<AuthRoleGrantPermissionResponse>
  ) {
    change(.roleGrantPermission(request), by: caller, AuthRoleGrantPermissionResponse(), then)
  }

  public func roleRevokePermission(
    _ request: AuthRoleRevokePermissionRequest, by caller: Caller,
    then: @escaping Completion<AuthRoleRevokePermissionResponse>
  ) {
    change(.roleRevokePermission(request), by: caller, AuthRoleRevokePermissionResponse(), then)
  }

  // MARK: Asking; the log need not know

  public func authStatus(_ request: AuthStatusRequest, by caller: Caller, then: Completion<AuthStatusResponse>) {
    answer(then) { core throws(EtcdError) in try core.state.authStatus(by: caller) }
  }

  public func userGet(_ request: AuthUserGetRequest, by caller: Caller, then: Completion<AuthUserGetResponse>) {
    answer(then) { core throws(EtcdError) in try core.state.userGet(request, by: caller) }
  }

  public func userList(
    _ request: AuthUserListRequest, by caller: Caller, then: @escaping Completion<AuthUserListResponse>
  ) {
    answerBeside(then) { state throws(EtcdError) in try state.userList(by: caller) }
  }

  public func roleGet(_ request: AuthRoleGetRequest, by caller: Caller, then: Completion<AuthRoleGetResponse>) {
    answer(then) { core throws(EtcdError) in try core.state.roleGet(request, by: caller) }
  }

  public func roleList(
    _ request: AuthRoleListRequest, by caller: Caller, then: @escaping Completion<AuthRoleListResponse>
  ) {
    answerBeside(then) { state throws(EtcdError) in try state.roleList(by: caller) }
  }

  // MARK: Parts

  /// Refuses what etcd refuses before it reaches the log.
  func admit(_ command: Command, by caller: Caller) throws(EtcdError) {
    try core.withLock { core throws(EtcdError) in try core.state.admit(command, by: caller) }
  }

  private func change<Response: HeadedResponse>(
    _ command: Command, by caller: Caller, _ response: Response, _ then: @escaping Completion<Response>
  ) {
    propose(command, by: caller, then: then) { if case .acknowledged = $0 { response } else { nil } }
  }

  /// The same for a command whose password becomes a hash first.
  private func changeHashing<Response: HeadedResponse>(
    _ command: Command, by caller: Caller, _ response: Response, _ then: @escaping Completion<Response>
  ) {
    credentials.queue.async { [self] in
      do throws(EtcdError) {
        change(try command.hashingPassword(credentials.hash), by: caller, response, then)
      } catch {
        then(.failure(error))
      }
    }
  }
}

extension String {
  /// A token without the `Bearer` before it that HTTP's clients write.
  fileprivate var withoutScheme: String { hasPrefix("Bearer ") ? String(dropFirst("Bearer ".count)) : self }
}
