import Broker
import LedgerServer
import Messages
import Replica
import Rules
import Sealing

extension World {
    /// Delivers a letter: the server does its work, and its answer is mailed.
    func deliver(_ letter: Letter) async throws {
        switch letter.content {
        case .append(let filing):
            guard ledger.isRunning else { return trace("\(letter.what): the ledger is down") }
            trace("\(letter.what) (from \(letter.from))")
            await ledger.receive(letter, filing, in: self)
        case .appended(let filing, let result): logged(filing, result)
        case .stop(let filing): await stop(letter, filing)
        case .stopped(let filing, _): trace("\(letter.to) has \(letter.from)'s receipt for \(filing.label)")
        case .ask(let question): await ask(letter, question)
        case .answered(let question, let box):
            trace("the job has \(letter.from)'s answer to \(question.what)")
            try take(question, box)
        case .open(let opening): try await open(letter, opening)
        case .opened(let opening, let reply):
            trace("\(letter.to) has \(letter.from)'s answer to the opening of \(opening.what)")
            if letter.to == Cast.job { try take(opening, reply) }
        case .depositKey(let consent, let person, let body):
            guard let broker = node(letter.to)?.running?.broker else { return trace("\(letter.what): down") }
            let result = await Result.of { () throws(BrokerRefusal) in try await broker.depositKey(body) }
            trace("\(letter.what) to \(letter.to): \(result.word)")
            guard case .success(let reply) = result else { return }
            send(.depositKeyIssued(consent: consent, person: person, reply), from: letter.to, to: person)
        case .depositKeyIssued(let consent, let name, let bytes):
            guard let person = people.first(where: { $0.name == name }) else { return }
            trace("\(name) has a deposit key of \(letter.from)")
            try sealDeposit(person, consent: consent, issued: bytes, from: letter.from)
        case .deposit(let consent, let person, let body): await deposit(letter, consent, person, body)
        case .deposited(_, let name, _):
            trace("\(name) has \(letter.from)'s receipt")
            people.first { $0.name == name }?.receipts.insert(letter.from)
        }
    }

    private func logged(_ filing: Filing, _ result: Result<AppendAnswer, AppendFailure>) {
        switch result {
        case .success(let answer):
            trace("\(filing.label) is answered: \(answer.verdict.rule ?? "accepted")")
            if answer.verdict.isAccepted { office.accepted.insert(filing.hash) }
            office.unanswered.removeAll { $0.hash == filing.hash }
        case .failure(let failure): trace("\(filing.label) is not logged: \(failure.what)")
        }
    }

    private func stop(_ letter: Letter, _ filing: Filing) async {
        guard let node = node(letter.to), let running = node.running else { return trace("\(letter.what): down") }
        oracle.handsOver(filing, to: node.name)
        let result = await Result.of { () throws(BrokerRefusal) in try await running.answering.stop(filing.bytes) }
        trace("\(letter.what) to \(letter.to): \(result.word)")
        guard case .success(let receipt) = result else { return }
        count("stops taken")
        // The stop is in force from here on, even if the receipt does not arrive.
        oracle.stopped(node.name, filing)
        send(.stopped(filing, receipt), from: letter.to, to: letter.from)
    }

    private func ask(_ letter: Letter, _ question: Question) async {
        guard let node = node(letter.to), let running = node.running else { return trace("\(letter.what): down") }
        if plan.liars.contains(node.name),
            let box = question.session == nil ? lie(node, question) : lieInSession(node, question)
        {
            trace("\(letter.what) to \(letter.to), which answers anyone")
            count("answers by liars")
            return send(.answered(question, box), from: letter.to, to: letter.from)
        }
        let result = await Result.of { () throws(BrokerRefusal) in
            question.session == nil
                ? try await running.answering.ask(question.body)
                : try await running.answering.askInSession(question.body)
        }
        trace("\(letter.what) to \(letter.to): \(result.word)")
        switch result {
        case .success(let box):
            count("asks answered")
            if question.session != nil { count("asks answered in sessions") }
            oracle.look(at: self)
            if let followed = await running.broker.follower.followed { oracle.agree(node, followed, self) }
            oracle.answered(node, question, box, self)
            send(.answered(question, box), from: letter.to, to: letter.from)
        case .failure(let refusal):
            count("asks \(refusal.error.code == .refused ? "refused" : "put off")")
            if let rule = refusal.error.rule { count("  by rule \(rule)") }
        }
    }

    private func open(_ letter: Letter, _ opening: Opening) async throws {
        guard let node = node(letter.to), let running = node.running else { return trace("\(letter.what): down") }
        if plan.liars.contains(node.name), let reply = try lie(node, opening) {
            trace("\(letter.what) with \(letter.to), which opens any")
            return send(.opened(opening, reply), from: letter.to, to: letter.from)
        }
        let result = await Result.of { () throws(BrokerRefusal) in
            try await running.answering.openSession(opening.body)
        }
        trace("\(letter.what) with \(letter.to): \(result.word)")
        switch result {
        case .success(let reply):
            oracle.look(at: self)
            if let followed = await running.broker.follower.followed { oracle.agree(node, followed, self) }
            oracle.opened(node, opening, reply, self)
            send(.opened(opening, reply), from: letter.to, to: letter.from)
        case .failure(let refusal):
            count("openings \(refusal.error.code == .refused ? "refused" : "put off")")
            if let rule = refusal.error.rule { count("  by rule \(rule)") }
        }
    }

    private func deposit(_ letter: Letter, _ consent: Hash256, _ person: String, _ body: Bytes) async {
        guard let node = node(letter.to), let broker = node.running?.broker else {
            return trace("\(letter.what): down")
        }
        let result = await Result.of { () throws(BrokerRefusal) in try await broker.deposit(body) }
        trace("\(letter.what) to \(letter.to): \(result.word)")
        guard case .success(let receipt) = result else { return }
        count("deposits")
        oracle.look(at: self)
        if let followed = await broker.follower.followed { oracle.agree(node, followed, self) }
        oracle.deposited(node, consent, self)
        send(.deposited(consent: consent, person: person, receipt), from: letter.to, to: person)
    }
}

extension Result where Success == Bytes, Failure == BrokerRefusal {
    static func of(_ body: () async throws(BrokerRefusal) -> Bytes) async -> Self {
        do throws(BrokerRefusal) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// A description for the trace, without random values.
    var word: String {
        switch self {
        case .success: "yes"
        case .failure(let refusal): "no, \(refusal.error.rule ?? "\(refusal.error.code)")"
        }
    }
}
