package import Sealing
package import Vault

extension IndexedSegment {
    package func json(offered: Int, isAlarming: Bool, isWithheld: Bool) -> CanonicalJSON {
        .object([
            .init("id", .hex(id)), .init("kind", .string(kind.rawValue)), .init("app", .string(app.string)),
            .init("from", .milliseconds(from)), .init("until", .milliseconds(until)),
            .init("records", .integer(UInt64(count))),
            .init("arrived", .milliseconds(arrived)), .init("offered", .integer(UInt64(offered))),
            .init("alarm", .boolean(isAlarming)), .init("withheld", .boolean(isWithheld)),
        ])
    }
}

extension Removed {
    package func json(redacted: OpenVault.Redacted?) -> CanonicalJSON {
        .object(
            [
                .init("segments", .strings(segments.map(\.hex))), .init("open", .integer(UInt64(journals.count))),
                .init("pages", .strings(pages.map(\.hex))), .init("objects", .integer(UInt64(objects))),
                .init("outbox", .strings(outbox)), .init("unknown", .strings(unknown.map(\.hex))),
                .init("elsewhere", .strings(elsewhere.map(\.hex))),
            ] + (redacted?.members ?? [])
                + (failure.map { failure in
                    [
                        .init("failure", .string(KeyholderMessage.plain(failure.message))),
                        .init("waits", .boolean(failure.code == .tryLater)),
                    ]
                } ?? []))
    }
}

extension OpenVault.Redacted {
    fileprivate var members: [CanonicalJSON.Member] {
        [
            .init("redacted", .integer(UInt64(records))), .init("frames", .integer(UInt64(frames))),
            .init("shown", .array(shown.sorted { $0.key < $1.key }.map { Self.json($0.key, $0.value) })),
            .init("titled", .strings(titled.sorted().map(\.string))),
        ]
    }

    private static func json(_ app: AppName, _ areas: [Area]) -> CanonicalJSON {
        .object([
            .init("app", .string(app.string)),
            .init(
                "areas",
                .array(
                    areas.map { patch in
                        .array([patch.x, patch.y, patch.width, patch.height].map { .integer(UInt64(clamping: $0)) })
                    })),
        ])
    }
}

extension Syncer.SyncReport {
    package var json: CanonicalJSON {
        .object([
            .init("adopted", .integer(UInt64(refreshed.adopted))),
            .init("alarms", .integer(UInt64(refreshed.alarms.count))),
            .init("receipts", .integer(UInt64(receipts))), .init("pages", .integer(UInt64(pages.count))),
            .init("objects", .integer(UInt64(objects))), .init("putBack", .integer(UInt64(putBack))),
            .init("withheld", .integer(UInt64(withheld))), .init("stops", .integer(UInt64(stops))),
            .init("pending", .strings(pending.map { $0.message.filter { $0 != "\n" } })),
        ])
    }
}

extension KeptConsent {
    package func json(hasKeys: Bool) -> CanonicalJSON {
        .object([
            .init("pseudonym", .string(pseudonym.hex)), .init("consent", .hex(consent)),
            .init("purpose", .hex(purpose)), .init("name", .string(purposeName)), .init("scope", scope.json),
            .init("window", .milliseconds(window)), .init("expires", .milliseconds(expires)),
            .init("receipts", .strings(receipts.sorted().map(\.hex))), .init("keys", .boolean(hasKeys)),
            .init(
                "pages",
                .array(
                    pages.sorted { ($0.value.day, $0.key) < ($1.value.day, $1.key) }.map { id, page in
                        .object([
                            .init("page", .string(id.hex)), .init("kind", .string(page.kind.rawValue)),
                            .init("app", .string(page.app.string)), .init("day", .integer(UInt64(page.day))),
                            .init("published", .boolean(page.isPublished)),
                        ])
                    })),
        ])
    }
}
