namespace Lepton.Orleans.ClusterTests.Rest;

/// <summary>A user as the API takes and gives it.</summary>
internal sealed record UserRow(string UserId, string Comment);
