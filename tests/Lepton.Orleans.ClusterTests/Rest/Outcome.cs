namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>What a sender may believe after a request.</summary>
internal enum Outcome
{
    /// <summary>2xx: it is kept.</summary>
    Acknowledged,

    /// <summary>No answer, or 5xx: it may be kept or not.</summary>
    Unanswered,

    /// <summary>No connection: it never left.</summary>
    NotSent,

    /// <summary>4xx: it is not kept, and should not have been refused.</summary>
    Refused,
}
