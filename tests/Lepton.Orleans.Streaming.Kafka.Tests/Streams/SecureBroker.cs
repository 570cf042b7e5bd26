using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Lepton.Orleans.ClusterTests.Processes;
using Lepton.Orleans.Streaming.Kafka.Tests.Brokers;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Streams;

/// <summary>
/// A broker that speaks nothing but TLS, by a certificate of an authority made for it, and to nobody who does not say who he is.
/// Everybody may do everything, but for topics that have rules.
/// </summary>
internal sealed class SecureBroker : IAsyncDisposable
{
    public const string User = "lepton";
    public const string Password = "lepton-secret";
    private const string Owner = "owner";
    private readonly string _folder = Directory.CreateTempSubdirectory("lepton-kafka-").FullName;
    private readonly KafkaProcess _process;

    private SecureBroker()
    {
        AuthorityFile = Path.Combine(_folder, "authority.pem");
        var keys = Path.Combine(_folder, "broker.pem");
        WriteCertificates(AuthorityFile, keys);
        _process = KafkaProcess.FindOrSkip(
            "listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners=SASL_SSL://127.0.0.1:{port}",
            "inter.broker.listener.name=SASL_SSL",
            "sasl.enabled.mechanisms=PLAIN",
            "sasl.mechanism.inter.broker.protocol=PLAIN",
            $"listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"{Owner}\" password=\"{Password}\" user_{Owner}=\"{Password}\" user_{User}=\"{Password}\";",
            "ssl.keystore.type=PEM",
            $"ssl.keystore.location={keys}",
            "ssl.truststore.type=PEM",
            $"ssl.truststore.location={AuthorityFile}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            $"super.users=User:{Owner};User:ANONYMOUS",
            "allow.everyone.if.no.acl.found=true");
    }

    public string BootstrapServers => _process.BootstrapServers;

    /// <summary>The authority that has signed the broker's certificate.</summary>
    public string AuthorityFile { get; }

    public static async Task<SecureBroker> StartOrSkipAsync(CancellationToken cancellationToken)
    {
        var broker = new SecureBroker();
        await broker._process.StartAsync(cancellationToken);
        return broker;
    }

    /// <summary>The broker as its owner uses it.</summary>
    public Topics Topics() => new(Settings());

    /// <summary>Leaves a topic to its owner alone.</summary>
    public async Task CloseAsync(string topic)
    {
        using var admin = new AdminClientBuilder(Settings()).Build();
        await admin.CreateAclsAsync([new AclBinding
        {
            Pattern = new ResourcePattern { Type = ResourceType.Topic, Name = topic, ResourcePatternType = ResourcePatternType.Literal },
            Entry = new AccessControlEntry { Principal = $"User:{Owner}", Host = "*", Operation = AclOperation.All, PermissionType = AclPermissionType.Allow },
        }]);
    }

    /// <summary>Lets nobody but the owner write anything, so that an idempotent producer cannot even begin.</summary>
    public async Task ForbidWritingAsync()
    {
        using var admin = new AdminClientBuilder(Settings()).Build();
        await admin.CreateAclsAsync(
        [
            Rule(ResourceType.Topic, "*", AclOperation.Describe, AclPermissionType.Allow),
            Rule(ResourceType.Topic, "*", AclOperation.Write, AclPermissionType.Deny),
            Rule(ResourceType.Broker, "kafka-cluster", AclOperation.IdempotentWrite, AclPermissionType.Deny),
        ]);

        static AclBinding Rule(ResourceType type, string name, AclOperation operation, AclPermissionType permission) => new()
        {
            Pattern = new ResourcePattern { Type = type, Name = name, ResourcePatternType = ResourcePatternType.Literal },
            Entry = new AccessControlEntry { Principal = $"User:{User}", Host = "*", Operation = operation, PermissionType = permission },
        };
    }

    /// <summary>Takes all rules away.</summary>
    public async Task AllowWritingAsync()
    {
        using var admin = new AdminClientBuilder(Settings()).Build();
        await admin.DeleteAclsAsync([new AclBindingFilter
        {
            PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
            EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Any },
        }]);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private ClientConfig Settings() => new()
    {
        BootstrapServers = BootstrapServers,
        SecurityProtocol = SecurityProtocol.SaslSsl,
        SslCaLocation = AuthorityFile,
        SaslMechanism = SaslMechanism.Plain,
        SaslUsername = Owner,
        SaslPassword = Password,
    };

    private static void WriteCertificates(string authorityFile, string keyFile)
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var authorityKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=authority of a test", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = request.CreateSelfSigned(from, to);

        using var brokerKey = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var ofBroker = new CertificateRequest("CN=broker", brokerKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        ofBroker.CertificateExtensions.Add(names.Build());
        using var certificate = ofBroker.Create(authority, from, to, [1, 2, 3, 4]);

        File.WriteAllText(authorityFile, authority.ExportCertificatePem());
        File.WriteAllText(keyFile, $"{brokerKey.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n");
    }
}
