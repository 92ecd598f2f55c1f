import Client
import Lake
import Sealing

/// Signs requests to one bucket, sends them, and sends them again where that may help.
struct S3Client: Sendable {
    let address: BucketAddress
    /// Nil for what everyone may read.
    let credentials: CredentialChain?
    let transport: any HTTPExchanging
    let budget: RetryBudget
    let now: @Sendable () -> Milliseconds

    /// An answer, and whether an earlier attempt may have been carried out already.
    struct Reply: Sendable {
        let answer: HTTPAnswer
        let isRepeated: Bool

        var fault: S3Fault { S3Fault(answer) }
    }

    func send(_ request: S3Request, atMost limit: Int = S3Fault.limit) async throws(CofferError) -> Reply {
        let start = ContinuousClock.now
        var attempt = 0
        while true {
            attempt += 1
            let failure: CofferError
            do throws(CofferError) {
                let answer = try await once(request, atMost: limit)
                let fault = S3Fault(answer)
                guard fault.isPassing, !(request.tellsConflicts && answer.status == 409) else {
                    budget.refill()
                    return Reply(answer: answer, isRepeated: attempt > 1)
                }
                failure = fault.error(about: address)
            } catch {
                // A server that answered what cannot be used does so again.
                guard error.code == .tryLater, !error.isReply else { throw error }
                failure = error
            }
            guard await budget.waits(after: attempt, since: start) else { throw failure }
        }
    }

    func once(_ request: S3Request, atMost limit: Int = S3Fault.limit) async throws(CofferError) -> HTTPAnswer {
        let path = address.path(of: request.key)
        var headers = request.headers + [(name: "host", value: address.host)]
        if let credentials {
            let keys = try await credentials.credentials()
            sign(request, path: path, &headers, with: keys)
        }
        let query = URIEncoding.query(request.query)
        let url = "\(address.isSecure ? "https" : "http")://\(address.host)\(path)\(query.isEmpty ? "" : "?\(query)")"
        return try await transport.exchange(
            HTTPExchange(request.method, url, headers: headers, body: request.body), atMost: limit)
    }

    private func sign(
        _ request: S3Request, path: String, _ headers: inout [(name: String, value: String)],
        with credentials: Credentials
    ) {
        let time = now()
        headers += [
            (name: "x-amz-content-sha256", value: Hash256(of: request.body).hex),
            (name: "x-amz-date", value: SignatureV4.stamp(time)),
        ]
        if let token = credentials.token { headers.append((name: "x-amz-security-token", value: token)) }
        let signed = SignatureV4(region: address.region, service: "s3").sign(
            request.method, path: path, query: request.query, headers: headers, body: request.body, at: time,
            with: credentials)
        headers.append((name: "authorization", value: signed.authorization))
    }
}
