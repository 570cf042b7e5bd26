namespace Lepton.Orleans.Cli.Evaluate;

/// <summary>A data set on disk is not what the protocol reads; the message says which file and line.</summary>
internal sealed class DataSetException(string message) : Exception(message);
