namespace Lepton.Orleans.Cli.Commands;

/// <summary>The command line asks for something that does not exist.</summary>
/// <param name="message">What, and what there is instead.</param>
internal sealed class UsageException(string message) : Exception(message);
