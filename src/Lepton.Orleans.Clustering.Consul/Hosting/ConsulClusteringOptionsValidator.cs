using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Checks <see cref="ConsulClusteringOptions"/> at start-up.</summary>
internal sealed class ConsulClusteringOptionsValidator : IValidateOptions<ConsulClusteringOptions>
{
    public ValidateOptionsResult Validate(string? name, ConsulClusteringOptions options)
    {
        var failures = new List<string>();
        if (options.Address is not { IsAbsoluteUri: true, AbsolutePath: "/", Query: "" } address || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            failures.Add($"Address is '{options.Address}'; write http://host:port or https://host:port.");
        }

        if (options.KvRootFolder is { Length: > 0 } root && root.Split('/').Any(part => part is "" or "." or ".."))
        {
            failures.Add($"KvRootFolder is '{root}'; write names of folders with / between them, without one at the ends.");
        }

        if (options.Token?.Any(c => c is < '!' or > '~') == true)
        {
            failures.Add("Token has a space or a character that no HTTP header can carry.");
        }

        CheckFile(options.ClientKeyFile, nameof(options.ClientKeyFile), _ => { });
        CheckFile(options.CertificateAuthorityFile, nameof(options.CertificateAuthorityFile), file => ConsulHttpHandler.ReadAuthorities(file));
        CheckFile(options.ClientCertificateFile, nameof(options.ClientCertificateFile), file => ConsulHttpHandler.ReadCertificate(file, options.ClientKeyFile));
        if (options.ClientKeyFile is not null && options.ClientCertificateFile is null)
        {
            failures.Add("ClientKeyFile is set and ClientCertificateFile is not; name the certificate of that key.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.Select(failure => $"{nameof(ConsulClusteringOptions)}: {failure}"));

        void CheckFile(string? file, string option, Action<string> read)
        {
            if (file is null)
            {
                return;
            }

            if (!File.Exists(file))
            {
                failures.Add($"{option} is '{file}', and there is no such file.");
                return;
            }

            try
            {
                read(file);
            }
            catch (Exception exception) when (ConsulHttpHandler.IsAboutFile(exception))
            {
                failures.Add($"{option} is '{file}', which cannot be used: {exception.Message}");
            }
        }
    }
}
