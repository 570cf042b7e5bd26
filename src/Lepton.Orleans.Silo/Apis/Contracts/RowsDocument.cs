namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>What a write did.</summary>
/// <param name="RowAffected">How many rows it changed; rows that were known already are not counted.</param>
internal sealed record RowsDocument(int RowAffected);
