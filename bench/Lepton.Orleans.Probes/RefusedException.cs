namespace Lepton.Orleans.Probes;

/// <summary>An answer that is no 200.</summary>
internal sealed class RefusedException(string message) : Exception(message);
