package import Rules
package import Sealing

/// A key as an entry of a charter's terms.
extension OrgPublicKey {
    package func broker() throws(CofferError) -> CharterTerms.Broker {
        guard let cosigner, let sealing else {
            throw CofferError(.usage, "The key of \(name) lacks a cosigner or a sealing key.")
        }
        return CharterTerms.Broker(
            name: name, operator: operatorName, side: try namedSide(), noteKey: noteKey, cosigner: cosigner,
            sealing: sealing, url: url)
    }

    /// The key as a reviewer, a halter or the desk.
    package func officer() throws(CofferError) -> CharterTerms.Officer {
        CharterTerms.Officer(name: name, key: noteKey, side: try namedSide())
    }

    package func witness() throws(CofferError) -> CharterTerms.Witness {
        guard let cosigner else { throw CofferError(.usage, "The key of \(name) has no cosigner key.") }
        return CharterTerms.Witness(name: name, key: cosigner, url: url)
    }

    private func namedSide() throws(CofferError) -> Side {
        guard let side = Side(rawValue: side) else {
            throw CofferError(.usage, "The key of \(name) names no side.", hint: "Make it with --side.")
        }
        return side
    }
}
