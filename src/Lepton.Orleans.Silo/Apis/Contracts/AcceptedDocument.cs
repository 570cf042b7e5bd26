namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>What a write left to be done.</summary>
/// <param name="RowsAccepted">How many rows will be applied; how many of them will change anything is not known yet.</param>
internal sealed record AcceptedDocument(int RowsAccepted);
