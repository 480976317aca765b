using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MetalSharp.Lab.ApiServer;

/// <summary>The file kubectl finds the cluster and its credentials in.</summary>
internal static class Kubeconfig
{
    public static void WriteAdmin(string path, string serverUrl, string authorityPem, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        Write(path, serverUrl, authorityPem,
            $"client-certificate-data: {Encode(certificate.ExportCertificatePem())}\n    client-key-data: {Encode(key.ExportPkcs8PrivateKeyPem())}");
    }

    private static void Write(string path, string serverUrl, string authorityPem, string credentials)
    {
        var text = $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: metalsharp-lab
              cluster:
                server: {serverUrl}
                certificate-authority-data: {Encode(authorityPem)}
            users:
            - name: kubernetes-admin
              user:
                {credentials}
            contexts:
            - name: metalsharp-lab
              context:
                cluster: metalsharp-lab
                user: kubernetes-admin
            current-context: metalsharp-lab

            """;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string Encode(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem + "\n"));
}
