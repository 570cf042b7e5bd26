namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Where Consul is, and what it is asked with.</summary>
public sealed class ConsulClusteringOptions
{
    /// <summary>The agent's or server's address, <c>http://host:port</c> or <c>https://host:port</c>.</summary>
    public Uri? Address { get; set; } = new("http://127.0.0.1:8500");

    /// <summary>The ACL token: it has to allow writing the cluster's keys, and the service where one is registered.</summary>
    public string? Token { get; set; }

    /// <summary>The datacenter whose keys are used; absent: the agent's own.</summary>
    public string? Datacenter { get; set; }

    /// <summary>The folder of keys that <c>orleans/</c> lies in; absent: the root.</summary>
    public string? KvRootFolder { get; set; }

    /// <summary>A PEM file with the authorities that Consul's certificate may be from; absent: those of the system.</summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>A PEM file with the certificate to show to Consul; absent: none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>The PEM file with that certificate's key; absent: it is in the certificate's file.</summary>
    public string? ClientKeyFile { get; set; }
}
