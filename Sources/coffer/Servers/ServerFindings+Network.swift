import Client
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Serving

extension ServerFindings {
    /// Counts the cosigners that answer. A new one has no checkpoint yet and answers 404.
    mutating func witnesses(_ terms: CharterTerms, origin: String, now: Milliseconds) async {
        let cosigners =
            terms.brokers.map { ($0.name, $0.url, $0.cosigner) } + terms.witnesses.map { ($0.name, $0.url, $0.key) }
        let path = Witness.checkpointPath(origin)
        typealias Reply = (name: String, time: Result<Seconds?, CofferError>)
        let replies = await withTaskGroup(of: Reply.self) { group in
            for (name, url, key) in cosigners {
                group.addTask {
                    do throws(CofferError) {
                        let reply = try await HTTPConnection(timeout: 5).get(url + path, atMost: HTTPLimits.checkpoint)
                        guard [200, 404].contains(reply.status) else {
                            throw CofferError(
                                .tryLater, "HTTP status \(reply.status).",
                                hint: "compare its address with the charter's")
                        }
                        return (name, .success(Self.time(of: NoteKey(cosigner: key), in: reply.body)))
                    } catch {
                        return (name, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [Reply]()) { $0.append($1) }.sorted { $0.name < $1.name }
        }
        let silent = replies.compactMap { reply -> (String, CofferError)? in
            if case .failure(let error) = reply.time { (reply.name, error) } else { nil }
        }
        let quorum = CheckpointPolicy.quorum(of: cosigners.count)
        let answering = cosigners.count - silent.count
        notes.append("\(answering) of \(cosigners.count) cosigners answer; \(quorum) make a quorum.")
        for (name, error) in silent {
            add("\(name) does not answer as a cosigner: \(error.message)", error.hint ?? "check that it runs")
        }
        let times = replies.compactMap { reply -> (name: String, time: Seconds)? in
            if case .success(let time?) = reply.time { (reply.name, time) } else { nil }
        }
        clocks(times, terms, now: now)
        if answering < quorum {
            add(
                "Only \(answering) cosigners answer, and \(quorum) make a quorum: nothing can be published.",
                "start \(quorum - answering) more of them")
        }
    }

    /// A cosigner's time in the checkpoint that it serves.
    private static func time(of cosigner: NoteKey, in body: Bytes) -> Seconds? {
        guard let note = try? SignedNote(checkpoint: body) else { return nil }
        return note.signatures.lazy.compactMap { Cosignature.time(of: $0, by: cosigner, over: note.text) }.first
    }

    /// Names the clocks that are ahead of a quorum's, this machine's too. One that is behind shows as a cosigner that
    /// signs nothing new.
    mutating func clocks(_ times: [(name: String, time: Seconds)], _ terms: CharterTerms, now: Milliseconds) {
        let quorum = CheckpointPolicy.quorum(of: terms.cosigners.count)
        guard times.count >= quorum else { return }
        let common = Milliseconds(times.map(\.time).sorted(by: >)[quorum - 1])
        if common > now + terms.tolerance {
            add(
                "This machine's clock is \(Seconds(common - now)) s behind those of a quorum of cosigners.",
                "set it by NTP: a server with a wrong clock answers and signs nothing")
        }
        for (name, time) in times where Milliseconds(time) > common + terms.tolerance {
            add(
                "\(name)'s clock was \(time - Seconds(common)) s ahead of the other cosigners' when it last signed.",
                "have its operator set it by NTP: it signs no more until its clock is there again")
        }
    }

    /// Checks that the server itself answers at its address.
    mutating func listener(_ options: ServeOptions, role: OrgRole, charter: CharterFile) async {
        guard options.listen.port != 0 else { return }
        let scheme = options.serving.certificate == nil ? "http" : "https"
        let url = "\(scheme)://\(options.listen.text)"
        let path = role == .witness ? Witness.checkpointPath(charter.origin) : "/charter"
        let reply: HTTPReply
        do throws(CofferError) { reply = try await HTTPConnection(timeout: 5).get(url + path, atMost: 1 << 20) } catch {
            return notes.append("No server of this charter answers at \(url) from here: \(error.message)")
        }
        let isOurs =
            role == .witness ? [200, 404].contains(reply.status) : reply.body == charter.note.encoded
        if !isOurs {
            add(
                "Another server answers at \(url).",
                "stop it, or give another port with --listen here and to the server")
        }
    }
}
