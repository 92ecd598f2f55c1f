package import Crypto
package import Rules
package import Sealing

/// What an employee offers under one consent: sealed pages and the indices of their weeks.
package struct Offer: Sendable {
    package let employee: Employee
    package let consent: Hash256
    package let roster: Hash256
    package let groups: [CharterTerms.Group]

    package init(_ employee: Employee, consent: Hash256, roster: Hash256, groups: [CharterTerms.Group]) {
        self.employee = employee
        self.consent = consent
        self.roster = roster
        self.groups = groups
    }

    /// A page with the bodies of its segments, as objects of the lake.
    package struct Published: Sendable {
        package let line: IndexLine
        package let segments: [SealedSegment]
        /// The names of the segments' bodies.
        package let bodies: [Hash256]
        package let objects: [Hash256: Bytes]
    }

    private func key(_ x: Hash256) -> SymmetricKey {
        ReplicatedPRF.pageKey(root: employee.root, roster: roster, groups: groups.shapes, consent: consent, x: x)
    }

    package func subKey(of group: CharterTerms.Group, mask: UInt16) -> SymmetricKey {
        ReplicatedPRF.subKey(root: employee.root, roster: roster, group: group.name, mask: mask)
    }

    /// A broker's partials for x.
    package func partials(of broker: CharterTerms.Broker, x: Hash256) -> [Bytes] {
        for (group, shape) in zip(groups, groups.shapes) {
            guard let number = group.brokers.firstIndex(of: broker) else { continue }
            return shape.masks(heldBy: number).map { ReplicatedPRF.partial(key: subKey(of: group, mask: $0), x: x) }
        }
        return []
    }

    /// Seals records as segments, one a list, and a page of them.
    package func page(
        _ kind: Kind, _ app: AppName, _ records: [[Record]], day: Day, device: SigningKey? = nil
    ) throws -> Published {
        var items: [PageItem] = []
        var segments: [SealedSegment] = []
        var objects: [Hash256: Bytes] = [:]
        for records in records {
            let segment = try SealedSegment.seal(
                records, kind: kind, app: app, device: device ?? employee.device, to: employee.sealing.publicKey)
            let key = try SegmentOpening.contentKey(header: segment.header, with: employee.sealing)
            let label = try SegmentOpening.label(segment.label, key: key)
            let item = PageItem(entry: PageEntry(label, device: 1), contentKey: key, object: Self.objectName())
            objects[item.object] = segment.body
            segments.append(segment)
            items.append(item)
        }
        let id = PageID.random()
        let x = ReplicatedPRF.x(consent: consent, page: id, kind: kind.rawValue, app: app.string, day: day)
        let line = IndexLine(page: id, kind: kind, app: app, day: day, object: Self.objectName())
        objects[line.object] = try Page.seal(items, x: x, key: key(x), pseudonym: employee.pseudonym)
        return Published(line: line, segments: segments, bodies: items.map(\.object), objects: objects)
    }

    /// The index of a week, the r-th of it, with its name in the lake. Its link is to the one before it in the week,
    /// unless another is given.
    package func index(
        _ pages: [Published], monday: Day, r: UInt32 = 0, link: IndexLink? = nil
    ) throws -> (name: Hash256, bytes: Bytes) {
        let x = PageIndex.x(consent: consent, monday: monday)
        let link =
            try link
            ?? IndexLink(
                r: r, device: 1, count: r, previous: r > 0 ? .init(monday: monday, r: r - 1) : nil, isClosed: false)
        let index = try PageIndex(
            monday: monday, scope: employee.scope, salt: Scope.salt(root: employee.root), lines: pages.map(\.line),
            link: link)
        return (
            PageIndex.objectName(key: key(x), r: r), try index.seal(x: x, key: key(x), pseudonym: employee.pseudonym)
        )
    }

    private static func objectName() -> Hash256 { Hash256(of: PageID.random().bytes) }
}
