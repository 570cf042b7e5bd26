namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>The process answers.</summary>
/// <param name="Live">Always true.</param>
internal sealed record LiveDocument(bool Live);
