namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>An item as the API takes and gives it.</summary>
internal sealed record ItemRow(string ItemId, string Comment, IReadOnlyList<string> Categories);
