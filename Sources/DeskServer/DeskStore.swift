package import Files
import Ledger
package import Messages
import Rules
package import Sealing

/// The desk's folder: tokens by their hash, and the pseudonyms that wait to be logged.
///
///     tokens/HEX (unused)   used/HEX   waiting (hex keys, sorted, one a line)   published (the day of the last time)
///
/// No file tells which pseudonyms came with which token, or together. Every change holds `lock`, so that the server and
/// the command line can use the folder at the same time.
package struct DeskStore: Sendable {
    package let directory: String
    private let durable: Durable

    /// The folder must exist.
    package init(directory: String, files: any FileSystem = DiskFileSystem()) throws(CofferError) {
        self.directory = directory
        self.durable = Durable(files)
        try change { () throws(FileError) in
            for name in ["tokens", "used"] { try durable.makeDirectories("\(directory)/\(name)") }
        }
    }

    /// Makes a single-use token. Only its hash is stored.
    package func makeToken() throws(CofferError) -> Bytes {
        let token = Random.bytes(Enrolment.tokenCount)
        try change { () throws(FileError) in try durable.write([], to: "\(directory)/tokens/\(Hash256(of: token).hex)")
        }
        return token
    }

    /// Takes pseudonyms with a token. Returns the number that wait now. Repeating an enrolment is harmless.
    package func enrol(_ enrolment: Enrolment, origin: String, charter: Hash256) throws(CofferError) -> Int {
        guard enrolment.origin.hasSameBytes(as: origin), enrolment.charter == charter else {
            throw CofferError(.refused, "The enrolment is for another ledger or charter.", rule: "enrol.charter")
        }
        guard enrolment.isValid else {
            throw CofferError(
                .refused, "A pseudonym is not a valid key, or its signature is not valid.", rule: "enrol.pseudonyms")
        }
        let token = Hash256(of: enrolment.token).hex
        let keys = enrolment.pseudonyms.map(\.key)
        let outcome = try change { () throws(FileError) -> Result<Int, CofferError> in
            let waiting = try waitingKeys()
            if try durable.files.read("\(directory)/tokens/\(token)", atMost: 4096) == nil {
                let isRepeated =
                    try durable.files.read("\(directory)/used/\(token)", atMost: 4096) != nil
                    && waiting.isSuperset(of: keys)
                return isRepeated
                    ? .success(waiting.count)
                    : .failure(CofferError(.refused, "The token is not known or was used.", rule: "enrol.token"))
            }
            // Store the keys first: after an interruption the token can be used again, and no key is lost.
            let all = waiting.union(keys)
            try write(all)
            try durable.write([], to: "\(directory)/used/\(token)")
            try durable.files.remove("\(directory)/tokens/\(token)")
            return .success(all.count)
        }
        return try outcome.get()
    }

    /// The pseudonyms that are not logged yet.
    package func waiting() throws(CofferError) -> [VerifyingKey] {
        try change { () throws(FileError) in try waitingKeys() }.sorted()
    }

    /// The numbers of waiting pseudonyms and unused tokens; nil if the folder cannot be read. Takes no lock, so that
    /// reading metrics blocks no request.
    func counts() -> (waiting: Int, tokens: Int)? {
        guard let waiting = try? waitingKeys(), let tokens = try? durable.files.list("\(directory)/tokens") else {
            return nil
        }
        return (waiting.count, tokens.count)
    }

    /// Removes pseudonyms that are logged now.
    package func remove(_ keys: [VerifyingKey]) throws(CofferError) {
        try change { () throws(FileError) in try write(try waitingKeys().subtracting(keys)) }
    }

    /// The day of the last publication; nil before the first.
    package func lastPublished() throws(CofferError) -> Day? {
        let bytes = try change { () throws(FileError) in try durable.files.read("\(directory)/published", atMost: 64) }
        return bytes.flatMap { Day(String(decoding: $0, as: UTF8.self).prefix { $0 != "\n" }) }
    }

    package func setPublished(_ day: Day) throws(CofferError) {
        try change { () throws(FileError) in try durable.write(Array("\(day)\n".utf8), to: "\(directory)/published") }
    }

    // MARK: Files

    private func waitingKeys() throws(FileError) -> Set<VerifyingKey> {
        let bytes = try durable.files.read("\(directory)/waiting", atMost: 4 << 30) ?? []
        return Set(
            bytes.split(separator: 10).compactMap { try? VerifyingKey(hex: String(decoding: $0, as: UTF8.self)) })
    }

    private func write(_ keys: Set<VerifyingKey>) throws(FileError) {
        try durable.write(Array(keys.sorted().map { $0.hex + "\n" }.joined().utf8), to: "\(directory)/waiting")
    }

    @discardableResult
    private func change<R>(_ body: () throws(FileError) -> R) throws(CofferError) -> R {
        do throws(FileError) {
            let lock = try held()
            defer { withExtendedLifetime(lock) {} }
            return try body()
        } catch {
            throw CofferError(.configuration, "The desk's folder \(directory) cannot be used: \(error).")
        }
    }

    /// Takes the lock; waits at most two seconds.
    private func held() throws(FileError) -> any Sendable {
        for _ in 0..<100 {
            do throws(FileError) { return try durable.files.lock("\(directory)/lock") } catch {
                guard error.operation == .lock else { throw error }
                Pause.milliseconds(20)
            }
        }
        return try durable.files.lock("\(directory)/lock")
    }
}
