{{- /* A pod of the pool's image that runs revrx-reports with the pool's Redis and database.
       Takes root (the context), name (of the container) and args (of the command). */}}
{{- define "revrx-worker.reportsPod" -}}
{{- $spec := .root.Values.pool.spec }}
restartPolicy: Never
automountServiceAccountToken: false
{{- with $spec.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
containers:
- name: {{ .name }}
  image: {{ $spec.image | quote }}
  imagePullPolicy: {{ $spec.imagePullPolicy | default "IfNotPresent" }}
  command: [revrx-reports]
  args: {{ .args | toJson }}
  env:
    {{- include "revrx-worker.reportsEnv" $spec | nindent 4 }}
  {{- with $spec.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    requests: {cpu: 20m, memory: 64Mi}
    limits: {memory: 512Mi}
  securityContext:
    {{- include "revrx-worker.containerSecurity" .root | nindent 4 }}
  {{- with $spec.broker.caSecretRef }}
  volumeMounts:
  - {name: broker-ca, mountPath: /run/revrx-broker, readOnly: true}
  {{- end }}
{{- with $spec.broker.caSecretRef }}
volumes:
- name: broker-ca
  secret:
    secretName: {{ .name }}
    items:
    - {key: {{ .key }}, path: ca.crt}
{{- end }}
{{- end }}

{{- /* What the operator tells the pool's workers about their Redis, and what the pool's spec tells them. */}}
{{- define "revrx-worker.reportsEnv" -}}
{{- with .broker -}}
- name: ENABLE_CELERY
  value: "true"
- name: REDIS_URL
  {{- if .urlSecretRef }}
  valueFrom: {secretKeyRef: {{ toJson .urlSecretRef }}}
  {{- else }}
  value: {{ .url | quote }}
  {{- end }}
{{- with .globalKeyPrefix }}
- name: CELERY_GLOBAL_KEYPREFIX
  value: {{ . | quote }}
{{- end }}
{{- if .caSecretRef }}
- name: REVRX_BROKER_CA_FILE
  value: /run/revrx-broker/ca.crt
{{- end }}
{{- with .sentinel }}
- name: REVRX_SENTINEL_MASTER
  value: {{ .masterName | quote }}
{{- with .passwordSecretRef }}
- name: REVRX_SENTINEL_PASSWORD
  valueFrom: {secretKeyRef: {{ toJson . }}}
{{- end }}
{{- end }}
{{- end }}
{{- with .env }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "revrx-worker.reportsLabels" -}}
app.kubernetes.io/name: {{ include "revrx-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "revrx-worker.chartLabels" . }}
{{- end }}
