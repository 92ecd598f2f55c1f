/// A form by which text is taken for a secret.
package enum SecretShape: String, CaseIterable, Sendable {
    /// A private key in PEM or OpenPGP armour, or of age.
    case privateKey = "private key"
    /// A token of a cloud, a forge or another service, by its published prefix.
    case token
    /// A JSON Web Token (RFC 7519).
    case webToken = "web token"
    /// The number of a payment card (ISO/IEC 7812), by its issuer's digits and the Luhn formula.
    case card = "card number"
    /// An International Bank Account Number (ISO 13616), by its country's length and its check digits.
    case iban = "IBAN"
    /// An e-mail address; by request.
    case address = "e-mail address"
    /// What a pattern of the person herself matches; by request.
    case own = "own pattern"

    /// What stands in a text in the secret's place.
    package var mark: String { "⟦removed: \(rawValue)⟧" }
}
