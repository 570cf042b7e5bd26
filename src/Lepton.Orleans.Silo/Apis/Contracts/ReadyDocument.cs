namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>The service can be given requests.</summary>
/// <param name="Ready">Always true: a service that is not ready answers 503.</param>
/// <param name="DataStoreConnected">The store answers now; while it does not, lists are answered from memory, and writes are refused.</param>
/// <param name="CacheStoreConnected">The same; there is one store for both.</param>
internal sealed record ReadyDocument(bool Ready, bool DataStoreConnected, bool CacheStoreConnected);
