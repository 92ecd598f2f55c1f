import Files
import Ledger
package import Sealing
import Vault

/// The keyholder's record of one consent, sealed under the index key. It contains no key: keys are derived, or held in
/// memory.
package struct KeptConsent: Sendable, Equatable {
    package let pseudonym: VerifyingKey
    /// The pseudonym's number within the identity.
    package let number: UInt32
    /// The signed `consent`, so that a retry sends the same bytes.
    package let note: Bytes
    /// The consent's hash.
    package let consent: Hash256
    package let purpose: Hash256
    package let purposeName: String
    /// The roster that the consent is bound to.
    package let roster: Hash256
    package let scope: Scope
    package let window: Milliseconds
    package let expires: Milliseconds
    /// Note keys of the brokers that signed a receipt for their deposit.
    package var receipts: Set<VerifyingKey> = []
    /// Devices by their number within this consent.
    package var devices: [VerifyingKey] = []
    /// The first free number. After a restore, the numbers of lost devices are not used again.
    package var firstDevice: UInt16 = 0
    /// The next r of each week's index, by its Monday.
    package var rounds: [Day: UInt32] = [:]
    /// The indices that this laptop has written.
    package var written = WrittenIndices()
    package var pages: [PageID: PageRecord] = [:]

    /// What only the keyholder may know about one page.
    package struct PageRecord: Sendable, Equatable {
        package let kind: Kind
        package let app: AppName
        package let day: Day
        package let object: Hash256
        package var isPublished: Bool

        package init(kind: Kind, app: AppName, day: Day, object: Hash256, isPublished: Bool) {
            self.kind = kind
            self.app = app
            self.day = day
            self.object = object
            self.isPublished = isPublished
        }
    }

    /// The number of a device within this consent. A new device gets the next one.
    mutating func number(of device: VerifyingKey) throws(CofferError) -> UInt16 {
        if let index = devices.firstIndex(of: device) { return firstDevice + UInt16(index) }
        guard Int(firstDevice) + devices.count < Int(UInt16.max) else {
            throw CofferError(.bug, "A consent has run out of device numbers.")
        }
        devices.append(device)
        return firstDevice + UInt16(devices.count - 1)
    }
}

extension KeptConsent {
    init(
        pseudonym: VerifyingKey, number: UInt32, note: Bytes, consent: Hash256, purpose: Hash256, purposeName: String,
        roster: Hash256, scope: Scope, window: Milliseconds, expires: Milliseconds
    ) {
        self.pseudonym = pseudonym
        self.number = number
        self.note = note
        self.consent = consent
        self.purpose = purpose
        self.purposeName = purposeName
        self.roster = roster
        self.scope = scope
        self.window = window
        self.expires = expires
    }

    var encoded: Bytes {
        let members: [CanonicalJSON.Member] = [
            .init("pseudonym", .string(pseudonym.hex)), .init("number", .integer(UInt64(number))),
            .init("note", .bytes(note)), .init("consent", .hex(consent)), .init("purpose", .hex(purpose)),
            .init("name", .string(purposeName)), .init("roster", .hex(roster)), .init("scope", scope.json),
            .init("window", .milliseconds(window)), .init("expires", .milliseconds(expires)),
            .init("receipts", .strings(receipts.sorted().map(\.hex))), .init("devices", .strings(devices.map(\.hex))),
            .init("first", .integer(UInt64(firstDevice))),
            .init(
                "rounds",
                .array(
                    rounds.sorted { $0.key < $1.key }.map {
                        .object([
                            .init("monday", .integer(UInt64($0.key))), .init("next", .integer(UInt64($0.value))),
                        ])
                    })),
            .init("pages", .array(pages.sorted { $0.key < $1.key }.map { $0.value.json($0.key) })),
        ]
        return CanonicalJSON.object(members + written.members).encoded
    }

    init(parsing bytes: Bytes) throws(FormatError) {
        var members = try CanonicalObject(parsing: bytes)
        pseudonym = try members.key("pseudonym")
        number = UInt32(try members.integer("number", atMost: UInt64(UInt32.max)))
        note = try members.bytes("note")
        consent = try members.hash("consent")
        purpose = try members.hash("purpose")
        purposeName = try members.string("name")
        roster = try members.hash("roster")
        scope = try Scope(try members.value("scope"))
        window = try members.milliseconds("window")
        expires = try members.milliseconds("expires")
        for key in try members.strings("receipts", atMost: 256) { receipts.insert(try VerifyingKey(hex: key)) }
        for key in try members.strings("devices", atMost: 65_535) { devices.append(try VerifyingKey(hex: key)) }
        firstDevice = UInt16(try members.integer("first", atMost: UInt64(UInt16.max)))
        let rounds = try members.objects("rounds", atMost: 1 << 20) { round throws(FormatError) in
            (
                Day(try round.integer("monday", atMost: UInt64(Day.max))),
                UInt32(try round.integer("next", atMost: UInt64(UInt32.max)))
            )
        }
        for (monday, next) in rounds { self.rounds[monday] = next }
        let pages = try members.objects("pages", atMost: 1 << 24) { page throws(FormatError) in
            try PageRecord.read(&page)
        }
        for (id, page) in pages { self.pages[id] = page }
        written = try WrittenIndices(&members)
        try members.finish()
    }
}

extension KeptConsent.PageRecord {
    fileprivate func json(_ id: PageID) -> CanonicalJSON {
        .object([
            .init("id", .bytes(id.bytes)), .init("kind", .string(kind.rawValue)), .init("app", .string(app.string)),
            .init("day", .integer(UInt64(day))), .init("object", .hex(object)),
            .init("published", .boolean(isPublished)),
        ])
    }

    fileprivate static func read(_ page: inout CanonicalObject) throws(FormatError) -> (PageID, Self) {
        let id = try page.pageID("id")
        guard let kind = Kind(rawValue: try page.string("kind")) else { throw .notCanonical }
        let record = Self(
            kind: kind, app: try AppName(try page.string("app")),
            day: Day(try page.integer("day", atMost: UInt64(Day.max))), object: try page.hash("object"),
            isPublished: try page.boolean("published"))
        return (id, record)
    }
}

extension OpenVault {
    private func file(_ pseudonym: VerifyingKey) -> SealedFile {
        SealedFile("consents/\(pseudonym.hex)", in: directory, key: keys.index)
    }

    /// All consents that this vault has a record of, by pseudonym number.
    package func consents() throws(CofferError) -> [KeptConsent] {
        var records: [KeptConsent] = []
        for name in try DurableFile.names(in: directory.path + "/consents") {
            guard let pseudonym = try? VerifyingKey(hex: name) else { continue }
            do {
                guard let bytes = try file(pseudonym).read() else { continue }
                let record = try KeptConsent(parsing: bytes)
                guard record.pseudonym == pseudonym else { throw FormatError.notCanonical }
                records.append(record)
            } catch let error as CofferError where error.code == .configuration {
                throw error
            } catch {
                directory.setAside(.consents, name)
            }
        }
        return records.sorted { $0.number < $1.number }
    }

    func keep(_ record: KeptConsent) throws(CofferError) { try file(record.pseudonym).write(record.encoded) }
}
