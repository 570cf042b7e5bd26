namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>What Consul says of a transaction: nothing was done where there are errors.</summary>
internal sealed record TransactionAnswer(IReadOnlyList<TransactionError>? Errors);
