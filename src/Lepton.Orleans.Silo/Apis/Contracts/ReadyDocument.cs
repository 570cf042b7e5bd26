namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>The service can do its work.</summary>
/// <param name="Ready">Always true: a service that is not ready answers 503.</param>
/// <param name="DataStoreConnected">The store answers.</param>
/// <param name="CacheStoreConnected">The store answers; there is one store for both.</param>
internal sealed record ReadyDocument(bool Ready, bool DataStoreConnected, bool CacheStoreConnected);
