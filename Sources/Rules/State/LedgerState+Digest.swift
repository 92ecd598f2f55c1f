package import Sealing

extension LedgerState {
    /// A SHA-256 over everything that acceptance has set. Two replayers agree when their digests are equal.
    ///
    /// It includes the history hash, which covers every acceptance, so it does not depend on what a state has
    /// forgotten. Refused entries do not change it. Size and clock are not part of it, and neither are their effects:
    /// an amendment has the same digest before and after its notice passes.
    package var digest: Hash256 {
        var writer = StateWriter()
        writer.section(
            "terms", charters.map { ($0.hash, $0.since) } + (pending.map { [($0.hash, $0.effective)] } ?? [])
        ) { writer, record in
            writer.hash(record.0)
            writer.time(record.1)
        }
        writer.section("history", [history]) { writer, hash in writer.hash(hash) }
        writer.section("roles", roles.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key.hash)
            writer.string(record.value.rawValue)
        }
        writer.section("purposes", purposes.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.mark(record.value.mark)
        }
        writer.section("withdrawn", withdrawn.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.mark(record.value)
        }
        writer.section("pseudonyms", pseudonyms.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key.hash)
            for mark in [record.value.enrolled, record.value.dismissed, record.value.revoked] { writer.mark(mark) }
            writer.hash(record.value.consent)
        }
        writer.section("consents", consents.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.mark(record.value.mark)
        }
        let erased = erasures.sorted { ($0.key.pseudonym, $0.key.consent) < ($1.key.pseudonym, $1.key.consent) }
        writer.section("erased", erased) { writer, record in
            writer.hash(record.key.pseudonym.hash)
            writer.hash(record.key.consent)
            writer.section("ids", record.value.sorted()) { writer, id in writer.bytes(id.bytes) }
        }
        digestReleases(into: &writer)
        writer.section("halts", halts.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.mark(record.value.mark)
            writer.mark(record.value.lifted)
        }
        return writer.digest
    }

    private func digestReleases(into writer: inout StateWriter) {
        writer.section("grants", grants.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.mark(record.value.mark)
            writer.time(record.value.live)
        }
        writer.section("spent", spent.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.number(UInt64(record.value.day))
            writer.number(record.value.count.rawValue)
        }
        writer.section("outcomes", outcomes.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key)
            writer.section("marks", record.value) { writer, mark in writer.mark(mark) }
        }
        writer.section("destructions", destructions.sorted { $0.key < $1.key }) { writer, record in
            writer.hash(record.key.hash)
            writer.number(record.value)
        }
    }
}
