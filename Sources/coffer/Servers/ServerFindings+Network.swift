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
    mutating func witnesses(_ terms: CharterTerms, origin: String) async {
        let cosigners = terms.brokers.map { ($0.name, $0.url) } + terms.witnesses.map { ($0.name, $0.url) }
        let path = Witness.checkpointPath(origin)
        let silent = await withTaskGroup(of: (String, CofferError)?.self) { group in
            for (name, url) in cosigners {
                group.addTask {
                    do throws(CofferError) {
                        let reply = try await HTTPConnection(timeout: 5).get(url + path, atMost: HTTPLimits.checkpoint)
                        if [200, 404].contains(reply.status) { return nil }
                        throw CofferError(
                            .tryLater, "HTTP status \(reply.status).", hint: "compare its address with the charter's")
                    } catch {
                        return (name, error)
                    }
                }
            }
            return await group.reduce(into: [(String, CofferError)]()) { if let silent = $1 { $0.append(silent) } }
        }
        let quorum = cosigners.count / 2 + 1
        let answering = cosigners.count - silent.count
        notes.append("\(answering) of \(cosigners.count) cosigners answer; \(quorum) make a quorum.")
        for (name, error) in silent.sorted(by: { $0.0 < $1.0 }) {
            add("\(name) does not answer as a cosigner: \(error.message)", error.hint ?? "check that it runs")
        }
        if answering < quorum {
            add(
                "Only \(answering) cosigners answer, and \(quorum) make a quorum: nothing can be published.",
                "start \(quorum - answering) more of them")
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
