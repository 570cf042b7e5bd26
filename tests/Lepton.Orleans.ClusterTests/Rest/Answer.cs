using System.Net;

namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>What became of one request.</summary>
/// <param name="Outcome">Whether the service promised anything.</param>
/// <param name="Status">The HTTP status; <see langword="null"/> where none arrived.</param>
/// <param name="Elapsed">From sending to the answer or its absence.</param>
/// <param name="HasRetryAfter">Whether the answer says when to come back.</param>
/// <param name="Detail">What a person would want to read: the body of a refusal, the exception of a broken connection.</param>
/// <param name="Server">Who was asked, where that was a silo.</param>
internal sealed record Answer(Outcome Outcome, HttpStatusCode? Status, TimeSpan Elapsed, bool HasRetryAfter, string Detail, Uri? Server = null);
