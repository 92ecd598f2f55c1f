import CofferTestKit
import Crypto
import Foundation
import Testing

@testable import Sealing

/// Writes the files in Tests/Vectors again, when `COFFER_WRITE_VECTORS` is set. What HPKE seals differs each time;
/// everything else is determined by the inputs below.
@Suite(
    "Making the vectors",
    .enabled(if: ProcessInfo.processInfo.environment["COFFER_WRITE_VECTORS"] != nil, "COFFER_WRITE_VECTORS is not set"))
struct VectorMaking {
    static let seed = Bytes(0..<32)
    static let deviceSeed = Bytes(32..<64)
    static let pseudonymSeed = Bytes(64..<96)
    static let day: Day = 20_781
    static let start: Milliseconds = day.start + 32_400_000

    private func named(_ name: String) -> Hash256 { Hash256(of: Bytes(name.utf8)) }
    private func key(_ name: String) -> SymmetricKey { SymmetricKey(data: named(name).bytes) }
    private func salt(_ name: String) -> Bytes { Bytes(named(name).bytes.prefix(24)) }

    static func identity(_ bytes: Bytes) throws -> SealingPrivateKey {
        try IdentitySeed(memory(bytes)).sealingKey()
    }

    static func memory(_ bytes: Bytes) throws -> SecretMemory {
        var memory = try SecretMemory(count: bytes.count)
        memory.withMutableBytes { $0.copyBytes(from: bytes) }
        return memory
    }

    @Test("Writes the vectors of the identity")
    func identity() throws {
        let cases = try [Self.seed, Bytes(repeating: 0xff, count: 32)].map { bytes in
            let seed = try IdentitySeed(Self.memory(bytes))
            let sealing = try seed.sealingKey()
            let passphrase = Bytes("correct horse battery staple".utf8)
            let salt = Bytes(named("salt").bytes.prefix(16))
            let nonce = Bytes(named("nonce").bytes.prefix(12))
            let file = try IdentityFile.seal(
                seed, passphrase: try Self.memory(passphrase), salt: salt, nonce: nonce)
            return IdentityCase(
                seed: HexBytes(bytes), sealingSeed: sealing.withSeed { HexBytes($0) },
                sealingPublicKey: HexBytes(sealing.publicKey.bytes),
                indexKey: seed.indexKey().withBytes { HexBytes($0) },
                consentRoot: seed.consentRoot().withBytes { HexBytes($0) },
                pseudonyms: [0, 1, 2, 256].map { HexBytes(seed.pseudonym($0).publicKey.bytes) },
                passphrase: HexBytes(passphrase), salt: HexBytes(salt), nonce: HexBytes(nonce), file: HexBytes(file))
        }
        try VectorFile(
            description: "What comes from an identity's seed (pseudonyms 0, 1, 2 and 256), and the identity file.",
            cases: cases
        ).write("identity.json")
    }

    @Test("Writes the vectors of the recovery sheet")
    func recoverySheet() throws {
        let seeds = [
            Self.seed, Bytes(repeating: 0, count: 32), Bytes(repeating: 0xff, count: 32), named("sheet").bytes,
        ]
        let cases = try seeds.map {
            RecoveryCase(seed: HexBytes($0), groups: RecoverySheet.groups(of: try IdentitySeed(Self.memory($0))))
        }
        try VectorFile(description: "Seeds and their recovery sheets.", cases: cases).write("recovery-sheet.json")
    }

    @Test("Writes the vectors of chunked encryption")
    func chunkedEncryption() throws {
        let cases = try [0, 5, 16_383, 16_384, 16_390].map { count in
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let context = Bytes("context \(count)".utf8)
            let file = try ChunkedEncryption.seal(
                plaintext, key: key("chunks"), context: context, salt: salt("chunks \(count)"))
            return ChunkedCase(
                key: key("chunks").withBytes { HexBytes($0) }, context: HexBytes(context),
                salt: HexBytes(salt("chunks \(count)")), plaintext: HexBytes(plaintext), file: HexBytes(file))
        }
        try VectorFile(
            description: "C2SP chunked-encryption, Cobblestone-256, around the end of a chunk.", cases: cases
        ).write("chunked-encryption.json")
    }

    @Test("Writes the vectors of sealed boxes")
    func boxes() throws {
        let identity = try Self.identity(Self.seed)
        let infos = [
            HPKEInfo.storage(.segment, recipient: identity.publicKey),
            HPKEInfo.storage(.journal, recipient: identity.publicKey),
            HPKEInfo.statement(
                .answer, origin: "ledger.example/coffer", statement: named("release"), recipient: identity.publicKey),
        ]
        let cases = try infos.map { info in
            let plaintext = Bytes("sealed by Swift".utf8)
            return BoxCase(
                seed: identity.withSeed { HexBytes($0) }, publicKey: HexBytes(identity.publicKey.bytes),
                info: HexBytes(info), plaintext: HexBytes(plaintext),
                box: HexBytes(try SealedBox.seal(plaintext, to: identity.publicKey, info: info)))
        }
        try VectorFile(
            description: "HPKE boxes sealed by Swift. seed is the X-Wing private key; info is whole.", cases: cases
        ).write("hpke-swift.json")
    }

    /// Keeps the cases that another program sealed.
    @Test("Writes the vectors of many messages under one encapsulated key")
    func messages() throws {
        let identity = try Self.identity(Self.seed)
        let info = HPKEInfo.statement(
            .answers, origin: "ledger.example/coffer", statement: named("release"), recipient: identity.publicKey)
        var context = try SealingContext(to: identity.publicKey, info: info)
        let plaintexts = (0..<4).map { Bytes("message \($0) sealed by Swift".utf8) } + [[]]
        var messages: [HexBytes] = []
        for plaintext in plaintexts { messages.append(HexBytes(try context.seal(plaintext))) }
        let own = MessagesCase(
            seed: identity.withSeed { HexBytes($0) }, publicKey: HexBytes(identity.publicKey.bytes),
            info: HexBytes(info), encapsulated: HexBytes(context.encapsulated),
            plaintexts: plaintexts.map(HexBytes.init), messages: messages)
        let others = try VectorFile<MessagesCase>.read("hpke-messages.json").cases.filter {
            $0.info.bytes != own.info.bytes
        }
        try VectorFile(
            description: "HPKE's base mode with many messages (RFC 9180, 5.2), by Python and by Swift. seed is the "
                + "X-Wing private key; info is whole; the messages stand in the order of their sealing.",
            cases: others + [own]
        ).write("hpke-messages.json")
    }

    private func shapes() throws -> [[GroupShape]] {
        [
            [try GroupShape(name: "solo", threshold: 1, count: 1)],
            [
                try GroupShape(name: "company", threshold: 2, count: 3),
                try GroupShape(name: "council", threshold: 1, count: 1),
            ],
            [
                try GroupShape(name: "company", threshold: 3, count: 4),
                try GroupShape(name: "council", threshold: 4, count: 7),
            ],
        ]
    }

    @Test("Writes the vectors of the replicated PRF")
    func replicatedPRF() throws {
        let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: Self.pseudonymSeed))).publicKey
        let roster = named("roster")
        let consent = named("consent")
        let page = try PageID(named("page").bytes.prefix(16))
        let cases = try shapes().map { groups in
            let root = ReplicatedPRF.consentRoot(key("consent root"), pseudonym: pseudonym)
            let commitments = ReplicatedPRF.commitments(
                root: root, roster: roster, groups: groups, pseudonym: pseudonym)
            let subKeys = groups.map { group in
                group.masks.map {
                    ReplicatedPRF.subKey(root: root, roster: roster, group: group.name, mask: $0)
                }
            }
            let x = ReplicatedPRF.x(consent: consent, page: page, kind: "keys", app: "code", day: Self.day)
            let partials = subKeys.map { $0.map { ReplicatedPRF.partial(key: $0, x: x) } }
            return PRFCase(
                groups: groups.map(GroupCase.init), consentRoot: key("consent root").withBytes { HexBytes($0) },
                pseudonym: HexBytes(pseudonym.bytes), roster: HexBytes(roster.bytes),
                root: root.withBytes { HexBytes($0) }, masks: groups.map(\.masks),
                subKeys: subKeys.map { $0.map { $0.withBytes { HexBytes($0) } } },
                commitments: commitments.map { HexBytes($0.bytes) },
                commitment: HexBytes(ReplicatedPRF.commitment(ofAll: commitments).bytes),
                consent: HexBytes(consent.bytes), page: HexBytes(page.bytes), kind: "keys", app: "code", day: Self.day,
                x: HexBytes(x.bytes), partials: partials.map { $0.map { HexBytes($0) } },
                pageKey: ReplicatedPRF.combine(partials, consent: consent, x: x).withBytes { HexBytes($0) })
        }
        try VectorFile(
            description:
                "The replicated PRF: 1-of-1; 2-of-3 and 1-of-1; 3-of-4 and 4-of-7. masks, subKeys and partials "
                + "stand per group, masks ascending; commitments are those of all groups.",
            cases: cases
        ).write("prf.json")
    }

    private func records(_ kind: Kind) throws -> [Record] {
        let texts: [(String, Bytes?)] =
            switch kind {
            case .screen: [(#"{"w":64,"h":64,"key":true,"tiles":[0]}"#, Bytes("not really zstd".utf8))]
            case .prompt: [(#"{"role":"user","text":"two\nlines, \"quoted\", é 漢 🔑"}"#, nil)]
            default:
                [
                    (#"{"type":"press","key":"a","source":"device"}"#, nil),
                    (#"{"type":"release","key":"a","source":"device"}"#, nil),
                    (#"{"type":"press","key":"Return","source":"synthetic"}"#, nil),
                ]
            }
        return try texts.enumerated().map { i, text in
            Record(
                time: Self.start + 250 * i, object: try CanonicalJSON(parsing: text.0.utf8),
                tiles: text.1)
        }
    }

    @Test("Writes the vectors of segments")
    func segments() throws {
        let device = try #require(SigningKey(seed: SymmetricKey(data: Self.deviceSeed)))
        let identity = try Self.identity(Self.seed)
        let cases = try [Kind.keys, .screen, .prompt].map { kind in
            let records = try records(kind)
            let contentKey = key("content \(kind)")
            let bodySalt = salt("body \(kind)")
            let labelSalt = salt("label \(kind)")
            let nonce = Bytes(named("nonce \(kind)").bytes.prefix(16))
            let segment = try SealedSegment.seal(
                records, kind: kind, app: AppName("code"), device: device, to: identity.publicKey, key: contentKey,
                bodySalt: bodySalt, labelSalt: labelSalt, nonce: nonce)
            return SegmentCase(
                seed: HexBytes(Self.seed), deviceSeed: HexBytes(Self.deviceSeed),
                key: contentKey.withBytes { HexBytes($0) }, bodySalt: HexBytes(bodySalt),
                labelSalt: HexBytes(labelSalt),
                nonce: HexBytes(nonce), kind: kind.rawValue, app: "code", device: HexBytes(device.publicKey.bytes),
                from: records.first?.time ?? 0, until: records.last?.time ?? 0, records: records.map(RecordCase.init),
                id: HexBytes(segment.id.bytes), header: HexBytes(segment.header), body: HexBytes(segment.body),
                label: HexBytes(segment.label))
        }
        try VectorFile(
            description: "Closed segments of the identity with this seed. key is the content key; records carry their "
                + "JSON text, screen records their tiles (here bytes that are no zstd).",
            cases: cases
        ).write("segment.json")
    }

    @Test("Writes the vectors of journals")
    func journals() throws {
        let device = try #require(SigningKey(seed: SymmetricKey(data: Self.deviceSeed))).publicKey
        let identity = try Self.identity(Self.seed)
        let records = try records(.keys)
        func file(_ frames: [[Record]]) throws -> Bytes {
            var writer = try JournalWriter(
                kind: .keys, app: AppName("code"), device: device, opened: Self.start, to: identity.publicKey,
                key: key("journal"))
            var file = writer.prologue
            for frame in frames { file += try writer.frame(frame) }
            return file
        }
        let whole = try file([Array(records[..<1]), Array(records[1...])])
        let first = try file([Array(records[..<1])]).count
        var damaged = whole
        damaged[first + 20] ^= 1
        let variants: [(Bytes, Int, String, Int)] = [
            (whole, 3, "whole", 0),
            (Array(whole.dropLast(9)), 1, "torn", whole.count - 9 - first),
            (whole + Bytes(repeating: 0, count: 100), 3, "torn", 100),
            (damaged, 1, "damaged", whole.count - first),
        ]
        let cases = variants.map { bytes, count, ending, lost in
            JournalCase(
                seed: HexBytes(Self.seed), key: key("journal").withBytes { HexBytes($0) }, kind: "keys", app: "code",
                device: HexBytes(device.bytes), opened: Self.start, records: records[..<count].map(RecordCase.init),
                ending: ending, lost: lost, file: HexBytes(bytes))
        }
        try VectorFile(
            description: "Journals: whole; cut in a frame; grown by zeros; with a frame that does not open. key is the "
                + "journal key, lost the number of bytes at the end that are not read.",
            cases: cases
        ).write("journal.json")
    }

    @Test("Writes the vectors of deposits")
    func deposits() throws {
        let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: Self.pseudonymSeed))).publicKey
        let root = ReplicatedPRF.consentRoot(key("consent root"), pseudonym: pseudonym)
        let roster = named("roster")
        let oneTime = try SealingPrivateKey(seed: key("one-time"))
        let cases = try shapes().flatMap { groups in
            try groups.map { group in
                let broker = group.count - 1
                let deposit = Deposit(
                    root: root, roster: roster, groups: groups, pseudonym: pseudonym, group: group, broker: broker)
                let box = try deposit.seal(
                    to: oneTime.publicKey, origin: "ledger.example/coffer", consent: named("consent"))
                return DepositCase(
                    groups: groups.map(GroupCase.init), group: group.name, broker: broker,
                    root: root.withBytes { HexBytes($0) }, roster: HexBytes(roster.bytes),
                    pseudonym: HexBytes(pseudonym.bytes),
                    commitment: HexBytes(ReplicatedPRF.commitment(ofAll: deposit.commitments).bytes),
                    plaintext: HexBytes(deposit.encoded), oneTimeSeed: oneTime.withSeed { HexBytes($0) },
                    origin: "ledger.example/coffer", consent: HexBytes(named("consent").bytes), box: HexBytes(box))
            }
        }
        try VectorFile(
            description: "Deposits for the last broker of each group. root is root_c; commitment is what the consent "
                + "carries as subkeys.",
            cases: cases
        ).write("deposit.json")
    }

    private func item(_ kind: Kind, _ number: UInt64) throws -> PageItem {
        let entry = PageEntry(
            kind: kind, app: try AppName("code"), device: UInt16(number % 2), from: Self.start + number / 2 * 60_000,
            until: Self.start + number * 60_000 + 30_000, count: UInt32(number) + 1, bodyHash: named("body \(number)"))
        return PageItem(entry: entry, contentKey: key("content \(number)"), object: named("object \(number)"))
    }

    @Test("Writes the vectors of pages")
    func pages() throws {
        let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: Self.pseudonymSeed)))
        let cases = try [UInt64(1), 5].map { count in
            let items = try (0..<count).map { try item(.screen, $0) }
                .sorted { PageEntry.precedes($0.entry, $1.entry) }
            let page = try PageID(named("page \(count)").bytes.prefix(16))
            let x = ReplicatedPRF.x(
                consent: named("consent"), page: page, kind: "screen", app: "code", day: Self.day)
            let file = try Page.seal(items, x: x, key: key("F"), pseudonym: pseudonym, salt: salt("page \(count)"))
            return PageCase(
                consent: HexBytes(named("consent").bytes), page: HexBytes(page.bytes), kind: "screen", app: "code",
                day: Self.day, x: HexBytes(x.bytes), key: key("F").withBytes { HexBytes($0) },
                pseudonymSeed: HexBytes(Self.pseudonymSeed), pseudonym: HexBytes(pseudonym.publicKey.bytes),
                salt: HexBytes(salt("page \(count)")), items: items.map(PageItemCase.init),
                bodyNames: items.map {
                    HexBytes(Page.bodyName(key: key("F"), bodyHash: $0.entry.bodyHash).bytes)
                }, file: HexBytes(file))
        }
        try VectorFile(
            description: "Pages. key is F_c(x); bodyNames are those that a keyholder gives to the bodies of the items.",
            cases: cases
        ).write("page.json")
    }

    @Test("Writes the vectors of page indices")
    func indices() throws {
        let pseudonym = try #require(SigningKey(seed: SymmetricKey(data: Self.pseudonymSeed)))
        let root = ReplicatedPRF.consentRoot(key("consent root"), pseudonym: pseudonym.publicKey)
        let scope = try Scope(
            kinds: [.screen, .keys], apps: [AppName("code"), AppName("firefox")], from: Self.day - 30,
            until: Self.day + 30)
        let salt = Scope.salt(root: root)
        let monday = Self.day.monday
        let x = PageIndex.x(consent: named("consent"), monday: monday)
        let before = IndexLink.Place(monday: monday - 7, r: 4)
        let links: [(count: Int, link: IndexLink?)] = [
            (0, nil), (3, nil), (0, try IndexLink(r: 0, device: 0, count: 0, previous: nil, isClosed: false)),
            (2, try IndexLink(r: 2, device: 3, count: 17, previous: before, isClosed: true)),
        ]
        let cases = try links.map { count, link in
            let name = link == nil ? "index \(count)" : "linked index \(count)"
            let lines = try (0..<count).map { number in
                IndexLine(
                    page: try PageID(named("page \(number)").bytes.prefix(16)), kind: number == 0 ? .keys : .screen,
                    app: try AppName("code"), day: monday + Day(number), object: named("object \(number)"))
            }
            let index = try PageIndex(monday: monday, scope: scope, salt: salt, lines: lines, link: link)
            let file = try index.seal(x: x, key: key("F"), pseudonym: pseudonym, salt: self.salt(name))
            return IndexCase(
                consent: HexBytes(named("consent").bytes), monday: monday, x: HexBytes(x.bytes),
                key: key("F").withBytes { HexBytes($0) }, pseudonymSeed: HexBytes(Self.pseudonymSeed),
                pseudonym: HexBytes(pseudonym.publicKey.bytes), salt: HexBytes(self.salt(name)),
                scope: String(decoding: scope.json.encoded, as: UTF8.self), scopeSalt: HexBytes(salt.bytes),
                scopeCommitment: HexBytes(scope.commitment(salt: salt).bytes),
                lines: index.lines.map {
                    IndexLineCase(
                        page: HexBytes($0.page.bytes), kind: $0.kind.rawValue, app: $0.app.string, day: $0.day,
                        object: HexBytes($0.object.bytes))
                },
                objectNames: (0..<3).map { HexBytes(PageIndex.objectName(key: key("F"), r: $0).bytes) },
                link: link.map(IndexLinkCase.init), file: HexBytes(file))
        }
        try VectorFile(
            description: """
                Indices of one week. key is F_c(x); objectNames are those of r = 0, 1, 2. Those with a link are of \
                consents from rules version 3 on.
                """, cases: cases
        ).write("index.json")
    }
}
