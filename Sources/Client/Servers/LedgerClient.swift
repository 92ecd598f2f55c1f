package import Ledger
package import Messages
package import Replica
package import Rules
package import Sealing

/// Sends requests to a ledger's server.
package struct LedgerClient: LedgerAppender {
    package let url: String
    /// Other addresses to try when the first refuses or cannot be reached: its answer is nobody's word.
    private let otherURLs: [String]
    private let transport: any HTTPTransport
    private let policies: [CheckpointPolicy]

    /// With a policy, the client checks the proof of every answer.
    package init(
        url: String, policy: CheckpointPolicy? = nil, transport: any HTTPTransport = HTTPConnection()
    ) {
        self.init(urls: [url], policies: policy.map { [$0] } ?? [], transport: transport)
    }

    /// The ledger as the state knows it: at the address in force, and at the address that an amendment has announced.
    package init(_ state: LedgerState?, else url: String, transport: any HTTPTransport = HTTPConnection()) {
        let urls = [state?.charter?.terms.ledgerURL, state?.announced?.terms.ledgerURL].compactMap(\.self)
        self.init(
            urls: urls.isEmpty ? [url] : urls, policies: state?.policies ?? [], transport: transport)
    }

    /// A proof must satisfy one of the policies: the one in force or the announced one. Without a policy nothing is
    /// proven, and an answer says only that a server has taken the request.
    package init(urls: [String], policies: [CheckpointPolicy], transport: any HTTPTransport = HTTPConnection()) {
        let urls = urls.map(ServerURL.base)
        self.url = urls[0]
        self.otherURLs = urls.dropFirst().filter { $0 != urls[0] }
        self.policies = policies
        self.transport = transport
    }

    /// The source from which to follow the ledger.
    package var source: HTTPSource { HTTPSource(url: url, transport: transport) }

    /// The signed charter that the ledger was started from.
    package func charter() async throws(CofferError) -> SignedNote {
        let body = try await transport.get(url + "/charter", atMost: HTTPLimits.note).served(by: "The ledger")
        do { return try SignedNote(parsing: body) } catch {
            throw .unusable("\(url) serves no signed note as its charter.", rule: "charter.format")
        }
    }

    /// Whether this client checks what the ledger answers.
    package var isChecking: Bool { !policies.isEmpty }

    /// Logs a statement and waits until a quorum has cosigned it. With a policy, an answer is returned only if these
    /// exact bytes stand in a tree that a quorum has signed. That says nothing yet about the verdict
    /// (`FollowedAppender`).
    ///
    /// A refused statement throws `.refused` with the rule and the entry; an unreachable ledger or quorum `.tryLater`.
    package func append(_ note: SignedNote) async throws(CofferError) -> AppendAnswer {
        let encoded = note.encoded
        guard encoded.count <= SignedNote.maximumCount else {
            throw CofferError(.usage, "The statement is larger than a note may be.", rule: "note.size")
        }
        let body = try await post(encoded)
        guard let answer = try? AppendAnswer(parsing: body, about: note.hash) else {
            throw .unusable("The ledger's answer is malformed.", rule: "append.format")
        }
        if isChecking { try check(answer, note: encoded) }
        if case .refused(let refusal) = answer.verdict {
            throw CofferError(
                .refused, HTTPReply.printable(refusal.message), rule: HTTPReply.printable(refusal.rule),
                entry: answer.index.rawValue)
        }
        return answer
    }

    /// Posts a statement to each address until one takes it. Sending it twice logs it once. Throws the first refusal,
    /// or else why none could be reached.
    private func post(_ note: Bytes) async throws(CofferError) -> Bytes {
        var failure: CofferError?
        for next in [url] + otherURLs {
            do throws(CofferError) { return try await post(note, to: next) } catch {
                if failure == nil || failure?.code == .tryLater && error.code != .tryLater { failure = error }
            }
        }
        throw failure ?? CofferError(.tryLater, "No address of the ledger is known.")
    }

    private func post(_ note: Bytes, to url: String) async throws(CofferError) -> Bytes {
        do throws(CofferError) {
            return try await transport.post(url + "/append", note, atMost: HTTPLimits.body).served(by: "The ledger")
        } catch {
            // The ledger answers a judged statement with a proof. An error that names an entry comes from elsewhere.
            var error = error
            error.entry = nil
            throw error
        }
    }

    private func check(_ answer: AppendAnswer, note: Bytes) throws(CofferError) {
        var entry = ByteWriter()
        entry.milliseconds(answer.time)
        entry.append(note)
        guard let checkpoint = policies.lazy.compactMap({ try? $0.verify(answer.checkpoint) }).first,
            Merkle.verifyInclusion(
                index: answer.index.rawValue, size: checkpoint.size, leaf: Merkle.leafHash(entry.bytes),
                proof: answer.proof,
                root: checkpoint.root)
        else {
            // The ledger may have the statement with other signatures; then its log shows it. Anyone on the way can
            // write an answer without a proof, so it convicts nobody.
            throw .unusable(
                answer.isDuplicate
                    ? "The ledger says that it has the statement already, and does not prove it."
                    : "The ledger's proof does not include the statement.", rule: "append.proof",
                hint: "Run it again; repeating it is safe. If this goes on, someone may answer in the ledger's place.")
        }
    }
}
